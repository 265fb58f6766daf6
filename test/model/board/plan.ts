import fc from 'fast-check';
import type { BoardState } from '../../support/board-state.ts';
import {
  type ColumnChoice,
  type ItemFields,
  type ItemsWrite,
  type Operation,
  type Place,
  type SendOptions,
  unknownContact,
  type Write,
} from './write.ts';

/**
 * A write that does not depend on a board: items and columns are numbers, which become ids when it is sent. This is
 * generated, shrunk and printed.
 */
export interface Plan {
  kind: (typeof kinds)[number];
  items: number[];
  fields: FieldsPlan[];
  column: number;
  other: number;
  place: { side: 'before' | 'after' | 'TOP' | 'BOTTOM' | 'position'; n: number } | null;
  isAtomic: boolean;
  isRest: boolean;
  isOnlyValidated: boolean;
  isRepeated: boolean;
  name: string;
}

interface FieldsPlan {
  op: Operation['op'];
  fields: Omit<ItemFields, keyof ColumnChoice>;
  column: { by: 'id' | 'name' | 'both'; n: number } | null;
  version: 'none' | 'right' | 'stale';
  matchOn: 'phone' | 'email';
}

const kinds = [
  'createItem',
  'updateItem',
  'moveItem',
  'moveItems',
  'deleteItem',
  'createItems',
  'updateItems',
  'upsertItems',
  'deleteItems',
  'writeItems',
  'createColumn',
  'renameColumn',
  'moveColumn',
  'emptyColumn',
  'dropColumn',
] as const;

const pick = fc.nat({ max: 60 });
const title = fc.constantFrom('Call', 'Мир', 'a 🙂 b', 'It’s "quoted"', 'x');
const phone = fc.constantFrom<(string | number | null)[]>('1', '2', 1, 2, 3, '3', null);
const optional = { requiredKeys: [] };

const fields = fc.record<Omit<ItemFields, keyof ColumnChoice>>(
  {
    title: fc.oneof({ arbitrary: title, weight: 25 }, { arbitrary: fc.constant(' '), weight: 1 }),
    values: fc.record(
      { phone, email: phone, '__proto__ 1.5': fc.constantFrom('x', null) },
      optional,
    ) as never,
    labels: fc.subarray(['hot', 'cold', 'hot ']),
    contactId: fc.oneof(
      { arbitrary: fc.constantFrom('contact_xyz', null), weight: 25 },
      { arbitrary: fc.constant(unknownContact), weight: 1 },
    ),
  },
  optional,
);

const fieldsPlan: fc.Arbitrary<FieldsPlan> = fc.record({
  op: fc.constantFrom('create', 'update', 'upsert', 'delete'),
  fields,
  column: fc.option(fc.record({ by: fc.constantFrom('id', 'name', 'both'), n: pick })),
  version: fc.constantFrom(...Array(8).fill('none'), ...Array(6).fill('right'), 'stale'),
  matchOn: fc.constantFrom('phone', 'email'),
});

const place = fc.record({
  side: fc.constantFrom('before', 'after', 'TOP', 'BOTTOM', 'position'),
  n: fc.oneof(pick, fc.integer({ min: -300, max: 300 }), fc.integer()),
});

/** The kinds that are drawn more often. */
const often = [
  'createItems',
  'updateItem',
  'moveItem',
  'moveItem',
  'moveItem',
  'moveItems',
  // Batches often fail as a whole, because one operation fails.
  ...Array<'updateItems'>(5).fill('updateItems'),
  ...Array<'upsertItems'>(7).fill('upsertItems'),
  ...Array<'writeItems'>(5).fill('writeItems'),
] as const;

export const plan: fc.Arbitrary<Plan> = fc.record({
  kind: fc.constantFrom(...kinds, ...kinds, ...often, ...often),
  items: fc.uniqueArray(pick, { minLength: 1, maxLength: 5 }),
  fields: fc.array(fieldsPlan, { minLength: 1, maxLength: 4 }),
  column: pick,
  other: pick,
  place: fc.option(place),
  isAtomic: fc.boolean(),
  isRest: fc.boolean(),
  isOnlyValidated: fc.constantFrom(false, false, false, false, false, false, true),
  isRepeated: fc.constantFrom(false, false, false, true),
  // Some of the names are taken.
  name: fc
    .tuple(fc.constantFrom('New', 'Won', ' won ', 'ÉTÉ', 'Lost'), fc.nat(20))
    .map(([name, n]) => (n < 8 ? name : name + n)),
});

/** The state of a board that a plan is applied to, which may be stale. */
export type Visible = Pick<BoardState, 'columns' | 'items'>;

export const optionsOf = ({ isRest, isOnlyValidated }: Plan): SendOptions => ({
  door: isRest ? 'rest' : 'graphql',
  validateOnly: isOnlyValidated,
});

/** The write of a plan on a board. Some ids do not exist. */
export function writeOf(plan: Plan, known: Visible): Write {
  const itemAt = (n: number) =>
    n === 37 ? undefined : known.items[n % Math.max(1, known.items.length)];
  const itemId = (n: number): string => itemAt(n)?.id ?? 'item_nowhere';
  const columnAt = (n: number) => known.columns[n % Math.max(1, known.columns.length)];
  const columnId = (n: number): string => (n === 29 ? 'col_nowhere' : (columnAt(n)?.id ?? 'col_0'));

  const choiceOf = (choice: FieldsPlan['column']): ColumnChoice => {
    if (choice === null) return {};
    const name = ` ${columnAt(choice.n + (choice.n === 14 ? 1 : 0))?.name.toUpperCase()}`;
    return {
      ...(choice.by !== 'name' && { columnId: columnId(choice.n) }),
      ...(choice.by !== 'id' && { columnName: name }),
    };
  };
  const existing = (n: number, version: FieldsPlan['version']) => ({
    id: itemId(n),
    ...(version !== 'none' && {
      expectedVersion: (itemAt(n)?.version ?? 1) - (version === 'stale' ? 1 : 0),
    }),
  });
  const operation = (op: Operation['op'], n: number): Operation => {
    const it = plan.fields[n % plan.fields.length] as FieldsPlan;
    const { length } = plan.items;
    const item = (plan.items[n % length] ?? 0) + Math.floor(n / length);
    const given = { ...it.fields, ...choiceOf(it.column) };
    if (op === 'create') return { op, title: 'New', ...given };
    if (op === 'update') return { op, ...existing(item, it.version), ...given };
    if (op === 'delete') return { op, ...existing(item, it.version) };
    const { matchOn = 'phone' } = plan.fields[0] ?? {};
    // Matches one of the first items of the board.
    return { op, matchOn, ...given, values: { [matchOn]: `${n}`, ...given.values } };
  };
  const placeOf = (): Place | undefined => {
    if (plan.place === null) return undefined;
    const { side, n } = plan.place;
    if (side === 'position') return { position: n };
    if (side === 'TOP' || side === 'BOTTOM') return { at: side };
    return { [side]: itemId(Math.abs(n)) };
  };
  const several = (op: Operation['op']) => plan.fields.map((_, n) => operation(op, n));
  const placed = (): Pick<ItemsWrite, 'place'> => {
    const place = placeOf();
    return place ? { place } : {};
  };

  const mode = plan.isAtomic ? 'ATOMIC' : 'PER_ITEM';
  const { kind } = plan;
  switch (kind) {
    case 'createItem':
      return { field: kind, operations: [operation('create', 0)], ...placed(), mode: 'ATOMIC' };
    case 'updateItem':
      return { field: kind, operations: [operation('update', 0)], ...placed(), mode: 'ATOMIC' };
    case 'deleteItem':
      return { field: kind, operations: [operation('delete', 0)], mode: 'ATOMIC' };
    case 'moveItem':
    case 'moveItems': {
      const { place } = placed();
      const isNamed = (place?.before ?? place?.after) !== undefined;
      const by = (['id', 'name', 'both'] as const)[plan.other % 3] ?? 'id';
      const goal = isNamed && plan.column % 3 > 0 ? {} : choiceOf({ by, n: plan.column });
      const { version = 'none' } = plan.fields[0] ?? {};
      const operations = (kind === 'moveItem' ? plan.items.slice(0, 1) : plan.items).map((n) => ({
        op: 'update' as const,
        ...(kind === 'moveItem' ? existing(n, version) : { id: itemId(n) }),
        ...goal,
      }));
      return { field: kind, operations, ...placed(), mode: 'ATOMIC' };
    }
    case 'createItems':
      return { field: kind, operations: several('create'), mode };
    case 'updateItems':
      return { field: kind, operations: several('update'), mode };
    case 'upsertItems':
      return { field: kind, operations: several('upsert'), mode };
    case 'deleteItems': {
      const ids = [...new Set(plan.items.map(itemId))];
      return { field: kind, operations: ids.map((id) => ({ op: 'delete', id })), mode };
    }
    case 'writeItems':
      return { field: kind, operations: plan.fields.map(({ op }, n) => operation(op, n)), mode };
    case 'createColumn': {
      const position = plan.other % 2 === 0 ? { position: plan.column % 6 } : {};
      return { field: kind, input: { name: plan.name, wipLimit: 1 + plan.other, ...position } };
    }
    case 'renameColumn': {
      const wipLimit = plan.other % 3 === 0 ? { wipLimit: null } : {};
      const input = { id: columnId(plan.column), name: plan.name, ...wipLimit };
      return { field: 'updateColumn', input };
    }
    case 'moveColumn': {
      const input = { id: columnId(plan.column), position: plan.other % 7 };
      return { field: 'updateColumn', input };
    }
    case 'emptyColumn': {
      const input = { id: columnId(plan.column), moveItemsTo: columnId(plan.other) };
      return { field: 'deleteColumn', input };
    }
    case 'dropColumn': {
      const deleteItems = plan.other % 3 === 0 ? { deleteItems: true } : {};
      return { field: 'deleteColumn', input: { id: columnId(plan.column), ...deleteItems } };
    }
  }
}
