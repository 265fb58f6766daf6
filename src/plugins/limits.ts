import { parse } from 'graphql';
import type { Plugin } from 'graphql-yoga';

/** Enough for a page with dozens of operations; few enough that parsing never takes long or deep. */
const maxTokens = 4000;

/** Bounds what a document may be before it is parsed. */
export function useLimits(): Plugin {
  return {
    onParse({ setParseFn }) {
      setParseFn((source: string, options?: object) => parse(source, { ...options, maxTokens }));
    },
  };
}
