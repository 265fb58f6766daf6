import fc, { type Arbitrary } from 'fast-check';
import type { Json, Values } from '../../../src/domain/items/write/values.ts';
import { commonKeys, edgeValues, rareKeys, words } from './edge-values.ts';
import type { Row } from './query.ts';

export const oneOf = <T>(list: readonly T[]): Arbitrary<T> => fc.constantFrom(...list);

export const titles = [
  ...words.filter((word) => word.trim() !== ''),
  'Deal',
  'deal',
  'Deal - Acme Corp',
];
export const labels = [
  'vip',
  'VIP',
  'hot-lead',
  "it's",
  'a,b',
  '{x}',
  'NULL',
  '\\',
  '"',
  '\u{1f600}',
];
export const contacts = ['contact_edge1', 'contact_edge2', 'contact_edge3'];
export const agents = ['agent_edge1', 'agent_edge2'];
export const columns = [
  { id: 'col_b', name: 'Lead', boardId: 'board_edge', position: 0 },
  { id: 'col_d', name: ' \tÇa Va\u00a0 ', boardId: 'board_edge', position: 1 },
  { id: 'col_a', name: 'CLOSED_%won\\', boardId: 'board_edge', position: 2 },
  { id: 'col_c', name: "İt's \u{1f600}", boardId: 'board_edge', position: 3 },
  { id: 'col_e', name: 'lead', boardId: 'board_other', position: 0 },
  { id: 'col_f', name: 'Ca va', boardId: 'board_other', position: 1 },
];
export const moments = Array.from({ length: 20 }, (_, n) =>
  Date.UTC(2025, n % 5, 1 + (n % 3), n % 4, 0, 0, [0, 1, 999][n % 3]),
);

/** A value or none under a key: `share` of ten rows have one. */
const entryArbitrary = (
  key: string,
  usual: readonly Json[],
  share: number,
): Arbitrary<[string, Json][]> =>
  fc.tuple(oneOf(usual), fc.nat(9)).map(([value, n]) => (n < share ? [[key, value]] : []));

const valuesArbitrary: Arbitrary<Values> = fc
  .tuple(
    ...Object.entries(commonKeys).map(([key, usual]) => entryArbitrary(key, usual, 8)),
    ...rareKeys.map((key) => entryArbitrary(key, edgeValues, 3)),
  )
  .map((entries) => Object.fromEntries(entries.flat()));

const rowArbitrary: Arbitrary<Omit<Row, 'id'>> = fc
  .record({
    column: oneOf(columns),
    title: oneOf(titles),
    position: fc.nat(30),
    values: valuesArbitrary,
    labels: fc.subarray(labels, { maxLength: 4 }),
    contactId: oneOf([null, ...contacts]),
    createdById: oneOf(agents),
    createdAt: oneOf(moments).map((time) => new Date(time)),
    updatedAt: oneOf(moments).map((time) => new Date(time)),
  })
  .map(({ column, ...row }) => ({
    ...row,
    boardId: column.boardId,
    columnId: column.id,
    columnName: column.name,
    columnPosition: column.position,
  }));

/** The same rows on every machine, whatever seed the queries are drawn with. */
export const edgeRows: readonly Row[] = fc
  .sample(rowArbitrary, { seed: 1, numRuns: 200 })
  .map((row, n) => ({ ...row, id: `item_${((n * 7919) % 1296).toString(36)}` }));
