import {
  type DocumentNode,
  GraphQLError,
  Kind,
  parse,
  type SelectionSetNode,
  type Source,
} from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { LRUCache } from 'lru-cache';

/** Characters of a document. */
const maxLength = 100_000;

/** Enough for dozens of operations; bounds the time and the recursion of the parser. */
const maxTokens = 4000;

/** Fields of a document's operations, counting those of a fragment at each spread. */
const maxFields = 5000;

/** How often a selection set may repeat a response key: validation compares all pairs. */
const maxRepeats = 20;

const tooLarge = (message: string): GraphQLError =>
  new GraphQLError(message, { extensions: { code: 'QUERY_TOO_LARGE' } });

/**
 * Counts the fields of all operations, with those of a fragment at each spread; each fragment is visited once. Throws
 * QUERY_TOO_LARGE where a selection set repeats a response key too often.
 */
function countFields({ definitions }: DocumentNode): number {
  const fragments = new Map<string, SelectionSetNode>();
  for (const node of definitions) {
    if (node.kind === Kind.FRAGMENT_DEFINITION) fragments.set(node.name.value, node.selectionSet);
  }
  const counts = new Map<string, number>();
  const countSpread = (name: string): number => {
    const cached = counts.get(name);
    if (cached !== undefined) return cached;
    // Validation refuses a fragment that spreads itself.
    counts.set(name, 0);
    const count = countIn(fragments.get(name));
    counts.set(name, count);
    return count;
  };
  const countIn = (set: SelectionSetNode | undefined): number => {
    let count = 0;
    const repeats = new Map<string, number>();
    for (const node of set?.selections ?? []) {
      if (node.kind === Kind.FRAGMENT_SPREAD) count += countSpread(node.name.value);
      else count += (node.kind === Kind.FIELD ? 1 : 0) + countIn(node.selectionSet);
      if (node.kind !== Kind.FIELD) continue;
      const key = (node.alias ?? node.name).value;
      const times = (repeats.get(key) ?? 0) + 1;
      repeats.set(key, times);
      if (times > maxRepeats)
        throw tooLarge(`The document selects '${key}' more than ${maxRepeats} times in one place.`);
    }
    return count;
  };
  return definitions.reduce(
    (sum, node) => sum + (node.kind === Kind.OPERATION_DEFINITION ? countIn(node.selectionSet) : 0),
    0,
  );
}

function parseBounded(source: string | Source, options?: object): DocumentNode {
  const { length } = typeof source === 'string' ? source : source.body;
  if (length > maxLength)
    throw tooLarge(`The document must not be longer than ${maxLength} characters.`);
  const document = parse(source, { ...options, maxTokens });
  if (countFields(document) > maxFields)
    throw tooLarge(
      `The document selects more than ${maxFields} fields, counting those of a fragment at each spread. Split it into several requests.`,
    );
  return document;
}

/** Limits the size of documents before they are validated and executed. */
export function useDocumentLimits(): Plugin {
  return {
    onParse({ setParseFn }) {
      setParseFn(parseBounded);
    },
  };
}

/** A cache by document text, limited by characters: a parsed document takes up to a hundred bytes per character. */
const createCache = <Value extends object>(maxCharacters: number) =>
  new LRUCache<string, Value>({
    max: 1024,
    maxSize: maxCharacters,
    sizeCalculation: (_, text) => text.length + 1,
    ttl: 3_600_000,
  });

export const createDocumentCaches = () => ({
  documentCache: createCache<DocumentNode>(300_000),
  errorCache: createCache<Error>(100_000),
});
