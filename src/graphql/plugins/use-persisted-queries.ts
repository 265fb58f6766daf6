import { hash } from 'node:crypto';
import { GraphQLError } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { LRUCache } from 'lru-cache';
import { invalid } from '../../errors.ts';
import { isJsonObject } from '../../http/json-object.ts';
import type { Context } from '../../request/context.ts';
import { documentLimits } from '../execution/document-limits.ts';
import { type ErrorMask, refusalOf } from './use-error-masking.ts';

/** Bytes of all documents that are kept by their hash. */
const maxBytes = 4 * 1024 * 1024;
const bytesPerCharacter = 2;

/** The words and the status by which Apollo and urql recognize that they must send the document once more. */
const notFound = () =>
  new GraphQLError('PersistedQueryNotFound', {
    extensions: { code: 'PERSISTED_QUERY_NOT_FOUND', http: { status: 200 } },
  });

/**
 * Automatic persisted queries: a client sends the SHA-256 of a document instead of its text, which it sends with the hash
 * only where the server does not know it. Each process keeps the documents that were used last.
 */
export function usePersistedQueries(mask: ErrorMask): Plugin {
  const documents = new LRUCache<string, string>({
    maxSize: maxBytes,
    sizeCalculation: (text) => text.length * bytesPerCharacter,
  });

  /** The text of the document with this hash; `text` is what the request has sent. */
  function resolve(sha256: string, text: string | undefined, { cost }: Context): string {
    if (text === undefined) {
      const known = documents.get(sha256);
      if (known === undefined) throw notFound();
      cost.reserveDocument(known.length);
      return known;
    }
    if (hash('sha256', text) !== sha256)
      throw invalid('extensions.persistedQuery.sha256Hash', 'is not the SHA-256 of the query');
    if (text.length <= documentLimits.characters) documents.set(sha256, text);
    return text;
  }

  return {
    onParams({ params, setParams, context }) {
      try {
        const sha256 = hashOf(params.extensions);
        if (sha256 === undefined) return;
        const query = resolve(sha256, params.query, context as unknown as Context);
        setParams({ ...params, query });
      } catch (error) {
        throw error instanceof GraphQLError ? error : refusalOf(error, mask);
      }
    },
  };
}

/** Throws VALIDATION_ERROR for a persisted query of another form. */
function hashOf(extensions: Record<string, unknown> | undefined): string | undefined {
  const persistedQuery = extensions?.persistedQuery;
  if (persistedQuery == null) return undefined;
  const { version, sha256Hash } = isJsonObject(persistedQuery) ? persistedQuery : {};
  if (version !== 1) throw invalid('extensions.persistedQuery.version', 'must be 1');
  if (typeof sha256Hash === 'string' && /^[\da-f]{64}$/i.test(sha256Hash))
    return sha256Hash.toLowerCase();
  throw invalid('extensions.persistedQuery.sha256Hash', 'must be 64 hexadecimal digits');
}
