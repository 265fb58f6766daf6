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

/** Letters of a document. */
const maxLength = 100_000;

/** Enough for a page with dozens of operations; few enough that parsing never takes long or deep. */
const maxTokens = 4000;

/** Fields of a document with its fragments opened wherever they are spread. */
const maxFields = 5000;

/** How often one selection may name the same field again: validation compares each with each. */
const maxRepeats = 20;

const tooLarge = (message: string): GraphQLError =>
  new GraphQLError(message, { extensions: { code: 'QUERY_TOO_LARGE' } });

/**
 * Counts the fields that an operation has once all fragments are opened; each fragment is looked at once. Throws where a
 * selection repeats itself.
 */
function countFields({ definitions }: DocumentNode): number {
  const fragments = new Map<string, SelectionSetNode>();
  for (const node of definitions) {
    if (node.kind === Kind.FRAGMENT_DEFINITION) fragments.set(node.name.value, node.selectionSet);
  }
  const known = new Map<string, number>();
  const countSpread = (name: string): number => {
    const found = known.get(name);
    if (found !== undefined) return found;
    // One that spreads itself is refused by another rule.
    known.set(name, 0);
    const count = countIn(fragments.get(name));
    known.set(name, count);
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
      if (times > maxRepeats) throw tooLarge(`The document asks for '${key}' over and over.`);
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
      `The document asks for more than ${maxFields} fields once its fragments are opened. Ask for less at once.`,
    );
  return document;
}

/** Bounds what a document may be, before it is validated and before it runs. */
export function useDocumentLimits(): Plugin {
  return {
    onParse({ setParseFn }) {
      setParseFn(parseBounded);
    },
  };
}

/** What is remembered of documents by their text: so many letters in all. Parsed they take up to a hundred bytes for each. */
const memory = <Value extends object>(letters: number) =>
  new LRUCache<string, Value>({
    max: 1024,
    maxSize: letters,
    sizeCalculation: (_, text) => text.length + 1,
    ttl: 3_600_000,
  });

export const createDocumentCaches = () => ({
  documentCache: memory<DocumentNode>(300_000),
  errorCache: memory<Error>(100_000),
});
