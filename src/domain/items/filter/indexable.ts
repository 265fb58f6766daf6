import type { TextFilter } from './field-conditions.ts';
import { conjunctsOf, type ItemFilter } from './filter.ts';
import { type IndexRange, indexRangesOf } from './indexed-values.ts';
import { isIndexedText } from './value-filter.ts';

// Which parts of a query an index finds on one board.

/** Conditions on item_value that hold for every match: one for each key and type. */
export function indexRanges(conjuncts: readonly ItemFilter[]): IndexRange[] {
  const ranges = new Map<string, IndexRange>();
  for (const range of conjuncts.flatMap(({ values }) => (values ?? []).flatMap(indexRangesOf))) {
    const name = `${range.type} ${range.key}`;
    const other = ranges.get(name);
    const where = [...(other?.where ?? []), ...range.where];
    const isExact = range.isExact !== false && other?.isExact !== false;
    ranges.set(name, { ...other, ...range, where, isExact });
  }
  return [...ranges.values()];
}

/** True where the index on content, titles or contacts finds all that can match. */
export const isIndexable = (
  search: string | null | undefined,
  conjuncts: readonly ItemFilter[],
): boolean => hasTrigram(search) || isOneOf(conjuncts, isNodeIndexable);

/** True where the index on content finds all that can match. */
export const isInContent = (
  search: string | null | undefined,
  conjuncts: readonly ItemFilter[],
): boolean => hasTrigram(search) || isOneOf(conjuncts, isNodeInContent);

const isNodeIndexable = ({ title, contactId, ...node }: ItemFilter): boolean =>
  (title?.eq ?? title?.in ?? contactId?.eq ?? contactId?.in) != null ||
  isNodeInContent({ title, ...node });

const isNodeInContent = ({ title, labels, values }: ItemFilter): boolean =>
  hasPart(title) ||
  labels?.hasAny != null ||
  (labels?.hasAll ?? []).length > 0 ||
  (values ?? []).some((test) => isIndexedText(test) || hasPart(test));

/** True where this holds for one of the nodes, or for every node of its `or`. */
const isOneOf = (conjuncts: readonly ItemFilter[], test: (node: ItemFilter) => boolean): boolean =>
  conjuncts.some(
    (node) => test(node) || node.or?.every((filter) => isOneOf(conjunctsOf(filter), test)),
  );

const hasPart = (test: Pick<TextFilter, 'contains' | 'startsWith'> | null | undefined): boolean =>
  hasTrigram(test?.contains) || hasTrigram(test?.startsWith);

/** Three letters or digits in a row: a trigram index finds no shorter text. */
const hasTrigram = (text: string | null | undefined): boolean =>
  text != null && /[\p{L}\p{N}]{3}/u.test(text);
