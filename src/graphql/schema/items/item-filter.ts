import { builder } from '../builder.ts';

const IdFilter = builder.inputType('IdFilter', {
  description: 'Conditions on an id, all of which must hold.',
  fields: (t) => ({
    eq: t.id({ description: 'Equals this id.' }),
    ne: t.id({ description: 'Differs from this id, or is null.' }),
    in: t.idList({ description: 'Is one of these ids.' }),
    nin: t.idList({ description: 'Is none of these ids, or is null.' }),
    exists: t.boolean({ description: 'True matches any id, false matches null.' }),
  }),
});

const TextFilter = builder.inputType('TextFilter', {
  description: 'Conditions on a text, all of which must hold.',
  fields: (t) => ({
    eq: t.string({ description: 'Equals this text.' }),
    ne: t.string({ description: 'Differs from this text.' }),
    in: t.stringList({ description: 'Equals one of these texts.' }),
    nin: t.stringList({ description: 'Equals none of these texts.' }),
    contains: t.string({ description: 'Contains this text, ignoring case and accents.' }),
    startsWith: t.string({ description: 'Starts with this text, ignoring case and accents.' }),
  }),
});

const LabelFilter = builder.inputType('LabelFilter', {
  description: 'Conditions on the labels, all of which must hold.',
  fields: (t) => ({
    hasAll: t.stringList({ description: 'Has every one of these labels.' }),
    hasAny: t.stringList({ description: 'Has at least one of these labels.' }),
    hasNone: t.stringList({ description: 'Has none of these labels.' }),
    exists: t.boolean({
      description: 'True matches items with labels, false matches items without.',
    }),
  }),
});

export const TimeFilter = builder.inputType('TimeFilter', {
  description:
    'A range of time. All bounds must hold. A date without a time is the whole day, in UTC.',
  fields: (t) => ({
    gt: t.field({ type: 'DateTime', description: 'After.' }),
    gte: t.field({ type: 'DateTime', description: 'At or after.' }),
    lt: t.field({ type: 'DateTime', description: 'Before.' }),
    lte: t.field({ type: 'DateTime', description: 'At or before.' }),
  }),
});

const ValueType = builder.enumType('ValueType', {
  description: 'The type as which a value is compared.',
  values: {
    NUMBER: { description: 'A decimal number, stored as number or string.' },
    DATE: { description: 'An instant: an RFC 3339 date or date-time.' },
    TEXT: { description: 'Text, compared by code point.' },
    EMAIL: {
      description:
        'An e-mail address, ignoring case and outer white space. Not for sorting and ranges.',
    },
    PHONE: {
      description:
        'A phone number: only its digits count, and one of the two may lack the country code. Not for sorting and ranges.',
    },
  } as const,
});

const ItemValueFilter = builder.inputType('ItemValueFilter', {
  description:
    'Conditions on the value under one key, all of which must hold. The operand sets the type of the comparison: NUMBER for a number or a text like `"50000"`, DATE for an RFC 3339 date, TEXT for anything else. A date without a time is the whole day. A value that cannot be read as that type never matches, except by `ne` and `nin`.',
  fields: (t) => ({
    key: t.string({ required: true, description: 'The key inside `values`.' }),
    as: t.field({
      type: ValueType,
      description: 'The type of the comparison, instead of that of the operand.',
    }),
    eq: t.field({ type: 'Operand', description: 'Equals.' }),
    ne: t.field({ type: 'Operand', description: 'Differs, or is missing.' }),
    in: t.field({ type: ['Operand'], description: 'Equals one of these.' }),
    nin: t.field({ type: ['Operand'], description: 'Equals none of these, or is missing.' }),
    gt: t.field({ type: 'Operand', description: 'Is greater or later.' }),
    gte: t.field({ type: 'Operand', description: 'Is greater, later or equal.' }),
    lt: t.field({ type: 'Operand', description: 'Is less or earlier.' }),
    lte: t.field({ type: 'Operand', description: 'Is less, earlier or equal.' }),
    contains: t.string({
      description:
        'Contains this text, ignoring case and accents; or is a list with an element that is equal to it.',
    }),
    startsWith: t.string({ description: 'Starts with this text, ignoring case and accents.' }),
    exists: t.boolean({
      description: 'True matches items with the key, false matches items without.',
    }),
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
    'A tree of conditions. All conditions of an object must hold; `and`, `or` and `not` combine others. A null is refused, also one of a variable: omit the condition, or use `exists: false` to match missing values. At most 100 conditions and 10 levels.',
  fields: (t) => ({
    and: t.field({ type: [filterRef], description: 'All of these must hold.' }),
    or: t.field({ type: [filterRef], description: 'At least one of these must hold.' }),
    not: t.field({ type: filterRef, description: 'This must not hold.' }),
    columnId: t.field({ type: IdFilter, description: 'The id of the column.' }),
    columnName: t.field({
      type: TextFilter,
      description: 'The name of the column, ignoring case, accents and outer spaces.',
    }),
    title: t.field({ type: TextFilter, description: 'The title.' }),
    labels: t.field({ type: LabelFilter, description: 'The labels.' }),
    contactId: t.field({ type: IdFilter, description: 'The id of the linked contact.' }),
    createdById: t.field({
      type: IdFilter,
      description: 'The id of the agent that created the item.',
    }),
    createdAt: t.field({ type: TimeFilter, description: 'When the item was created.' }),
    updatedAt: t.field({ type: TimeFilter, description: 'When the item was last updated.' }),
    values: t.field({
      type: [ItemValueFilter],
      description: 'Conditions on values, all of which must hold.',
    }),
  }),
});

const ItemOrderField = builder.enumType('ItemOrderField', {
  description: 'Fields to sort items by.',
  values: {
    POSITION: { description: 'The board’s order: by column, then by position in the column.' },
    CREATED_AT: { description: 'When the item was created.' },
    UPDATED_AT: { description: 'When the item was last updated.' },
    TITLE: { description: 'The title, by code point.' },
  } as const,
});

export const OrderDirection = builder.enumType('OrderDirection', {
  description: 'The direction of an order.',
  values: {
    ASC: { description: 'Smallest or oldest first.' },
    DESC: { description: 'Greatest or newest first.' },
  } as const,
});

const NullsOrder = builder.enumType('NullsOrder', {
  description: 'The place of items without the value.',
  values: {
    FIRST: { description: 'Before all other items.' },
    LAST: { description: 'After all other items.' },
  } as const,
});

const ItemValueOrder = builder.inputType('ItemValueOrder', {
  description: 'The value under one key, as a sort key.',
  fields: (t) => ({
    key: t.string({ required: true, description: 'The key inside `values`.' }),
    as: t.field({
      type: ValueType,
      description:
        'The type of the values to sort; others count as missing. By default numbers sort before dates, and these before texts.',
    }),
  }),
});

export const ItemOrder = builder.inputType('ItemOrder', {
  description: 'A sort key. Rows that are equal in all keys are sorted by id.',
  fields: (t) => ({
    field: t.field({
      type: ItemOrderField,
      description: 'The field to sort by; CREATED_AT without field and value.',
    }),
    value: t.field({
      type: ItemValueOrder,
      description: 'The value to sort by, instead of a field.',
    }),
    direction: t.field({ type: OrderDirection, description: 'The direction; ASC by default.' }),
    nulls: t.field({
      type: NullsOrder,
      description: 'The place of items without the value, in either direction; LAST by default.',
    }),
  }),
});
