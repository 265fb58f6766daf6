import type { DocumentNode, Source } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { LRUCache } from 'lru-cache';
import type { Turns } from '../../limits/turns.ts';
import { toGraphQLError } from '../../mask-error.ts';
import type { Context } from '../../request/context.ts';
import { bytesOf, parseDocument } from '../execution/parse-document.ts';
import { validateDocument } from '../execution/validate-document.ts';

/** Bytes of all cached documents. Their plans have a cache of their own. */
const maxBytes = 8 * 1024 * 1024;

const textOf = (source: string | Source): string =>
  typeof source === 'string' ? source : source.body;

/**
 * Parses and validates documents within the limits, and caches valid ones by their text. Other documents take turns, so
 * that a caller who sends many delays only its own requests.
 */
export function useDocuments(turns: Turns): Plugin {
  const cache = new LRUCache<string, DocumentNode>({
    maxSize: maxBytes,
    sizeCalculation: (document) => bytesOf(document) + 1,
  });
  const validDocuments = new WeakSet<DocumentNode>();
  const texts = new WeakMap<DocumentNode, string>();
  return {
    onParams({ params: { query }, context, setResult }) {
      // Yoga refuses requests without a text.
      if (typeof query !== 'string' || cache.has(query)) return;
      const { caller, lifetime } = context as unknown as Context;
      return turns.take(caller.keyId, lifetime.signal)?.catch((error: unknown) => {
        const http = { status: 503 };
        setResult({ errors: [toGraphQLError(error)], extensions: { http } } as never);
      });
    },
    onParse({ params: { source }, setParseFn, setParsedDocument }) {
      const text = textOf(source);
      const cached = cache.get(text);
      if (cached !== undefined) return setParsedDocument(cached);
      setParseFn(parseDocument);
      return ({ result }) => {
        if (!(result instanceof Error)) texts.set(result as DocumentNode, text);
      };
    },
    onValidate({ params: { documentAST }, setResult, setValidationFn }) {
      if (validDocuments.has(documentAST)) return setResult([]);
      setValidationFn(validateDocument);
      return ({ result, setResult: replaceResult }) => {
        if (result.length > 0) return replaceResult(result.map(toGraphQLError));
        validDocuments.add(documentAST);
        const text = texts.get(documentAST);
        if (text !== undefined) cache.set(text, documentAST);
      };
    },
  };
}
