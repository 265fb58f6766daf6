import { builder } from './builder.ts';

const IdFilter = builder.inputType('IdFilter', {
  description: 'Tests on an id. All that are given must hold.',
  fields: (t) => ({
    eq: t.id({ description: 'Is this one.' }),
    ne: t.id({ description: 'Is not this one.' }),
    in: t.idList({ description: 'Is one of these.' }),
    nin: t.idList({ description: 'Is none of these.' }),
    exists: t.boolean({ description: 'True: there is one. False: there is none.' }),
  }),
});

const TextFilter = builder.inputType('TextFilter', {
  description: 'Tests on a text. All that are given must hold.',
  fields: (t) => ({
    eq: t.string({ description: 'Is exactly this.' }),
    ne: t.string({ description: 'Is anything but this.' }),
    in: t.stringList({ description: 'Is exactly one of these.' }),
    nin: t.stringList({ description: 'Is none of these.' }),
    contains: t.string({ description: 'Has this in it, without regard to case and accents.' }),
    startsWith: t.string({ description: 'Begins with this, without regard to case and accents.' }),
  }),
});

const LabelFilter = builder.inputType('LabelFilter', {
  description: 'Tests on the labels. All that are given must hold.',
  fields: (t) => ({
    hasAll: t.stringList({ description: 'Has every one of these labels.' }),
    hasAny: t.stringList({ description: 'Has at least one of these labels.' }),
    hasNone: t.stringList({ description: 'Has none of these labels.' }),
    exists: t.boolean({ description: 'True: has a label. False: has none.' }),
  }),
});

const TimeFilter = builder.inputType('TimeFilter', {
  description: 'A range of time. All bounds that are given must hold.',
  fields: (t) => ({
    gt: t.field({ type: 'DateTime', description: 'After.' }),
    gte: t.field({ type: 'DateTime', description: 'At or after.' }),
    lt: t.field({ type: 'DateTime', description: 'Before.' }),
    lte: t.field({ type: 'DateTime', description: 'At or before.' }),
  }),
});

const ValueType = builder.enumType('ValueType', {
  description: 'How a value of an item is read.',
  values: {
    NUMBER: { description: 'As a decimal number, also where it is held as a string.' },
    DATE: { description: 'As an instant: an ISO 8601 date or date-time.' },
    TEXT: { description: 'As text, by code point.' },
  } as const,
});

const ItemValueFilter = builder.inputType('ItemValueFilter', {
  description:
    'Tests on one of an item\'s own values. All that are given must hold. The operand decides how the value is read: a number or `"50000"` as number, an ISO 8601 date as instant, anything else as text. A value that cannot be read so never matches, `ne` and `nin` apart.',
  fields: (t) => ({
    key: t.string({ required: true, description: 'The key inside `values`.' }),
    as: t.field({
      type: ValueType,
      description: 'Reads the value so, whatever the operand looks like.',
    }),
    eq: t.field({ type: 'Operand', description: 'Equal.' }),
    ne: t.field({ type: 'Operand', description: 'Not equal, or not there.' }),
    in: t.field({ type: ['Operand'], description: 'Equal to one of these.' }),
    nin: t.field({ type: ['Operand'], description: 'Equal to none of these, or not there.' }),
    gt: t.field({ type: 'Operand', description: 'Greater, later.' }),
    gte: t.field({ type: 'Operand', description: 'Greater, later, or equal.' }),
    lt: t.field({ type: 'Operand', description: 'Less, earlier.' }),
    lte: t.field({ type: 'Operand', description: 'Less, earlier, or equal.' }),
    contains: t.string({ description: 'Has this in it, without regard to case and accents.' }),
    startsWith: t.string({ description: 'Begins with this, without regard to case and accents.' }),
    exists: t.boolean({ description: 'True: the key is there. False: it is not.' }),
  }),
});

const filterRef = builder.inputRef<FilterShape>('ItemFilter');

type Input<Ref extends { $inferInput: unknown }> = Ref['$inferInput'] | null | undefined;

interface FilterShape {
  and?: FilterShape[] | null;
  or?: FilterShape[] | null;
  not?: FilterShape | null;
  columnId?: Input<typeof IdFilter>;
  columnName?: Input<typeof TextFilter>;
  title?: Input<typeof TextFilter>;
  labels?: Input<typeof LabelFilter>;
  contactId?: Input<typeof IdFilter>;
  createdById?: Input<typeof IdFilter>;
  createdAt?: Input<typeof TimeFilter>;
  updatedAt?: Input<typeof TimeFilter>;
  values?: (typeof ItemValueFilter.$inferInput)[] | null;
}

export const ItemFilter = filterRef.implement({
  description:
    'A tree of conditions. All that one object names must hold; `or`, `and` and `not` join others. A null is as good as nothing: what has none is found by `exists: false`. At most 100 conditions and 10 levels.',
  fields: (t) => ({
    and: t.field({ type: [filterRef], description: 'All of these hold.' }),
    or: t.field({ type: [filterRef], description: 'At least one of these holds.' }),
    not: t.field({ type: filterRef, description: 'This does not hold.' }),
    columnId: t.field({ type: IdFilter, description: 'The column, by id.' }),
    columnName: t.field({
      type: TextFilter,
      description: 'The column, by name; without regard to case and outer spaces.',
    }),
    title: t.field({ type: TextFilter, description: 'The title.' }),
    labels: t.field({ type: LabelFilter, description: 'The labels.' }),
    contactId: t.field({ type: IdFilter, description: 'The linked contact.' }),
    createdById: t.field({ type: IdFilter, description: 'The agent that made the item.' }),
    createdAt: t.field({ type: TimeFilter, description: 'When the item was made.' }),
    updatedAt: t.field({ type: TimeFilter, description: 'When the item was last changed.' }),
    values: t.field({ type: [ItemValueFilter], description: 'The values. All of these hold.' }),
  }),
});

const ItemOrderField = builder.enumType('ItemOrderField', {
  description: 'What items can be sorted by.',
  values: {
    POSITION: { description: 'As the board shows them: column by column, then place by place.' },
    CREATED_AT: { description: 'When they were made.' },
    UPDATED_AT: { description: 'When they were last changed.' },
    TITLE: { description: 'Their titles, by code point.' },
  } as const,
});

const OrderDirection = builder.enumType('OrderDirection', {
  description: 'Which way to sort.',
  values: {
    ASC: { description: 'Smallest, oldest first.' },
    DESC: { description: 'Greatest, newest first.' },
  } as const,
});

const NullsOrder = builder.enumType('NullsOrder', {
  description: 'Where items go that have no such value.',
  values: {
    FIRST: { description: 'Before all others.' },
    LAST: { description: 'After all others.' },
  } as const,
});

const ItemValueOrder = builder.inputType('ItemValueOrder', {
  description: "One of an item's own values as a sort key.",
  fields: (t) => ({
    key: t.string({ required: true, description: 'The key inside `values`.' }),
    as: t.field({
      type: ValueType,
      description:
        'How the value is read; one that cannot be read so counts as missing. Where left out: numbers first, then dates, then texts.',
    }),
  }),
});

export const ItemOrder = builder.inputType('ItemOrder', {
  description: 'One sort key. Rows that are equal in all keys are sorted by id.',
  fields: (t) => ({
    field: t.field({
      type: ItemOrderField,
      description: 'What to sort by; CREATED_AT where neither field nor value is given.',
    }),
    value: t.field({
      type: ItemValueOrder,
      description: 'A value to sort by, in place of a field.',
    }),
    direction: t.field({ type: OrderDirection, description: 'Which way; ASC where left out.' }),
    nulls: t.field({
      type: NullsOrder,
      description:
        'Where items without the value go, whichever the direction; LAST where left out.',
    }),
  }),
});
