import fc, { type Arbitrary } from 'fast-check';
import { agents, columns, contacts, labels, moments, oneOf, titles } from './edge-rows.ts';
import { keys } from './edge-values.ts';
import type {
  Filter,
  IdTest,
  ItemQuery,
  LabelTest,
  Order,
  Parent,
  TextTest,
  TimeTest,
} from './query.ts';
import { fold } from './search.ts';
import { pieceOf, texts, upToFour, valueTest } from './value-arbitraries.ts';
import { valueTypes } from './value-types.ts';

const idTest = (ids: readonly string[]): Arbitrary<IdTest> =>
  fc.oneof(
    ...(['eq', 'ne'] as const).map((op) => fc.record({ [op]: oneOf(ids) })),
    ...(['in', 'nin'] as const).map((op) => fc.record({ [op]: upToFour(oneOf(ids)) })),
    fc.record({ exists: fc.boolean() }),
  );

const textTest = (texts: readonly string[]): Arbitrary<TextTest> =>
  fc.oneof(
    ...(['eq', 'ne'] as const).map((op) => fc.record({ [op]: oneOf(texts) })),
    ...(['in', 'nin'] as const).map((op) => fc.record({ [op]: upToFour(oneOf(texts)) })),
    ...(['contains', 'startsWith'] as const).map((op) => fc.record({ [op]: pieceOf(texts) })),
  );

const labelTest: Arbitrary<LabelTest> = fc.oneof(
  ...(['hasAll', 'hasAny', 'hasNone'] as const).map((op) =>
    fc.record({ [op]: fc.subarray([...labels, ' vip\t', 'none has it'], { maxLength: 3 }) }),
  ),
  fc.record({ exists: fc.boolean() }),
);

/** An instant within 1 ms of one in the rows: in UTC, with an offset, or as a date. */
const instant = fc
  .tuple(oneOf(moments), fc.integer({ min: -1, max: 1 }), fc.nat(2))
  .map(([moment, by, form]) => {
    if (form === 0) return new Date(moment).toISOString().slice(0, 10);
    if (form === 1) return new Date(moment + by).toISOString();
    return new Date(moment + by + 7 * 3_600_000).toISOString().replace('Z', '+07:00');
  });

const timeTest: Arbitrary<TimeTest> = fc.oneof(
  ...(['gt', 'gte', 'lt', 'lte'] as const).map((op) => fc.record({ [op]: instant })),
  fc.tuple(instant, instant).map(([a, b]) => {
    const isInOrder = new Date(a) <= new Date(b);
    return isInOrder ? { gte: a, lte: b } : { gte: b, lte: a };
  }),
);

const columnNames = columns.flatMap(({ name }) => [name, name.toUpperCase(), ` ${name.trim()}\t`]);

const leaf: Arbitrary<Filter> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ values: fc.array(valueTest, { maxLength: 2 }) }) },
  fc.record({ title: textTest(titles) }),
  fc.record({ columnId: idTest([...columns.map(({ id }) => id), 'col_none']) }),
  fc.record({ columnName: textTest([...columnNames, 'none']) }),
  fc.record({ labels: labelTest }),
  fc.record({ contactId: idTest([...contacts, 'contact_none']) }),
  fc.record({ createdById: idTest(agents) }),
  fc.record({ createdAt: timeTest }),
  fc.record({ updatedAt: timeTest }),
);

/** A tree of conditions: at most 48 at depth 4; the gateway allows 100. */
function tree(depth: number): Arbitrary<Filter> {
  if (depth === 1) return leaf;
  const below = tree(depth - 1);
  const nodes = fc.array(below, { maxLength: 2 });
  return fc.oneof(
    { weight: 3, arbitrary: leaf },
    fc.tuple(leaf, fc.record({ or: nodes })).map(([one, other]) => ({ ...one, ...other })),
    fc.record({ and: nodes }),
    { weight: 2, arbitrary: fc.record({ or: fc.array(below, { maxLength: 3 }) }) },
    fc.record({ not: below }),
  );
}

const orderKey: Arbitrary<Order> = fc.oneof(
  fc.record(
    {
      field: oneOf(['POSITION', 'CREATED_AT', 'UPDATED_AT', 'TITLE'] as const),
      direction: oneOf(['ASC', 'DESC'] as const),
    },
    { requiredKeys: [] },
  ),
  fc.record(
    {
      value: fc.record({ key: oneOf(keys), as: oneOf(valueTypes) }, { requiredKeys: ['key'] }),
      direction: oneOf(['ASC', 'DESC'] as const),
      nulls: oneOf(['FIRST', 'LAST'] as const),
    },
    { requiredKeys: ['value'] },
  ),
);

const parent: Arbitrary<Parent> = fc.oneof(
  { weight: 5, arbitrary: fc.constant({ kind: 'board', id: 'board_edge' } as const) },
  { weight: 2, arbitrary: oneOf(columns).map(({ id }) => ({ kind: 'column', id }) as const) },
  oneOf(contacts).map((id) => ({ kind: 'contact', id }) as const),
  fc.constant({ kind: 'workspace' } as const),
);

const fewWords = fc
  .array(pieceOf([...texts, ...titles]), { maxLength: 2 })
  .map((words) => words.join(' '))
  .filter((words) => words === '' || fold(words).trim() !== '');

/** More words than an index looks up, which several rows have. */
const manyWords = fc
  .shuffledSubarray([...'ACDEGILNORSTU1'], { minLength: 9 })
  .map((words) => words.join(' '));

/** Any valid query. */
export const itemQuery: Arbitrary<ItemQuery> = fc.record(
  {
    parent,
    search: fc.oneof({ weight: 9, arbitrary: fewWords }, { weight: 1, arbitrary: manyWords }),
    filter: tree(4),
    orderBy: fc.array(orderKey, { maxLength: 3 }),
  },
  { requiredKeys: ['parent'] },
);
