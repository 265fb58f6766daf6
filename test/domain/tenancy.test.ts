import {
  buildASTSchema,
  extendSchema,
  type GraphQLSchema,
  isInputObjectType,
  isObjectType,
  parse,
  printSchema,
} from 'graphql';
import { pino } from 'pino';
import { beforeAll, describe, expect, it } from 'vitest';
import { createApp } from '../../src/app.ts';
import { builder } from '../../src/graphql/schema/builder.ts';
import { schema } from '../../src/graphql/schema/index.ts';
import { routes } from '../../src/rest/routes.ts';
import { createEncryption } from '../../src/webhooks/encryption.ts';
import { loadItems } from '../support/direct-writes.ts';
import { demoIds, type Ids } from '../support/endpoint-calls.ts';
import { databaseDigest } from '../support/expectations.ts';
import { fieldOf } from '../support/gateway.ts';
import { graphqlSlots, type IdSlot, restSlots } from '../support/id-slots.ts';
import { compareForeign, findUsages, type Tenant, type Usage } from '../support/isolation.ts';
import { createKey, encryptionKey, useWorld } from '../support/world.ts';

const world = useWorld();

const demo: Tenant = {
  workspaceId: 'workspace_demo',
  ids: demoIds,
  others: { ...demoIds, column: 'col_002', item: 'item_002', contact: 'contact_003' },
};
const other = {} as Tenant;
const keys = { admin: '', readOnly: '', other: '' };

/** Another workspace: a board with two columns, two items, and a contact of each. */
beforeAll(async () => {
  const { key, id, workspaceId } = await createKey(world, {
    inOtherWorkspace: true,
    scope: 'admin',
  });
  keys.other = key;
  keys.admin = (await createKey(world, { scope: 'admin' })).key;
  keys.readOnly = (await createKey(world, { isReadOnly: true })).key;
  const create = async (mutation: string) => {
    const { data, errors } = await world.graphql<Record<string, Record<string, { id: string }>>>(
      mutation,
      {},
      key,
    );
    expect(errors).toBeUndefined();
    return (alias: string, name: string) => data[alias]?.[name]?.id ?? '';
  };
  const boards = await create(`mutation {
    a: createBoard(input: { name: "Secret" }) { board { id } }
    b: createBoard(input: { name: "Secret" }) { board { id } } }`);
  const board = boards('a', 'board');
  const made = await create(`mutation {
    a: createColumn(input: { boardId: "${board}", name: "Secret" }) { column { id } }
    b: createColumn(input: { boardId: "${board}", name: "Secret too" }) { column { id } }
    c: createContact(input: { name: "Secret" }) { contact { id } }
    d: createContact(input: { name: "Secret" }) { contact { id } } }`);
  const itemOf = (alias: string, contact: string) =>
    `${alias}: createItem(input: { boardId: "${board}", title: "Secret", contactId: "${contact}" }) { item { id } }`;
  const items = await create(
    `mutation { ${itemOf('a', made('c', 'contact'))} ${itemOf('b', made('d', 'contact'))} }`,
  );
  const secret = createEncryption(encryptionKey).encrypt('whsec_c2VjcmV0');
  const webhookOf = async (
    place: { workspaceId: string; id: string; createdById: string },
    boardId: string,
  ) => {
    await world.db.webhook.create({ data: { ...place, url: 'https://10.0.0.1/', secret } });
    const { workspaceId: owner, id: webhookId } = place;
    await world.db.webhookPosition.create({
      data: { workspaceId: owner, webhookId, boardId, revision: 0, n: 0 },
    });
    return webhookId;
  };
  const demoWebhook = { id: demoIds.webhook, createdById: demoIds.agent };
  await webhookOf({ workspaceId: demo.workspaceId, ...demoWebhook }, demoIds.board);
  const agent = (await world.db.agent.findFirstOrThrow({ where: { workspaceId } })).id;
  const webhook = await webhookOf({ workspaceId, id: 'webhook_other', createdById: agent }, board);
  const idsOf = (column: string, contact: string, item: string): Ids => ({
    board,
    column: made(column, 'column'),
    contact: made(contact, 'contact'),
    item: items(item, 'item'),
    agent,
    webhook,
    apikey: id,
  });
  const others = { ...idsOf('b', 'd', 'b'), board: boards('b', 'board') };
  Object.assign(other, { workspaceId, ids: idsOf('a', 'c', 'a'), others });
});

const usagesOf = (slot: IdSlot): Promise<Usage[]> =>
  findUsages(world.app, slot, { tenant: demo, key: keys.admin });

const slots = [...graphqlSlots(schema), ...restSlots(schema, routes)];

it.each(slots)('treats an id of another workspace as unknown: $place', async (slot) => {
  for (const usage of await usagesOf(slot)) {
    const before = slot.isWrite && (await databaseDigest(world, other.workspaceId));
    for (const key of [keys.admin, keys.readOnly]) {
      const call = { usage, caller: demo, owner: other, key };
      const { foreign, never } = await compareForeign(world.app, slot, call);
      expect(foreign).toBe(never);
    }
    const call = { usage, caller: other, owner: demo, key: keys.other };
    if (before) expect(await databaseDigest(world, other.workspaceId)).toEqual(before);
    const beforeDemo = slot.isWrite && (await databaseDigest(world, demo.workspaceId));
    const { foreign, never } = await compareForeign(world.app, slot, call);
    expect(foreign).toBe(never);
    if (beforeDemo) expect(await databaseDigest(world, demo.workspaceId)).toEqual(beforeDemo);
  }
});

/** The arguments and input fields of a schema with the type ID, like `CreateItemInput.boardId`. */
function idInputs(of: GraphQLSchema): string[] {
  const types = Object.values(of.getTypeMap()).filter(({ name }) => !name.startsWith('__'));
  const isOfId = ({ type }: { type: object }) => /^\[?ID\b/.test(String(type));
  const fields = types.filter(isInputObjectType).flatMap((type) =>
    Object.values(type.getFields())
      .filter(isOfId)
      .map(({ name }) => `${type.name}.${name}`),
  );
  const args = types
    .filter(isObjectType)
    .flatMap((type) =>
      Object.values(type.getFields()).flatMap((field) =>
        field.args.filter(isOfId).map(({ name }) => `${type.name}.${field.name}.${name}`),
      ),
    );
  return [...fields, ...args];
}

describe('the slots', () => {
  it('are all arguments and input fields of the schema that are ids', () => {
    const inputs = graphqlSlots(schema).map(({ input }) => input);
    expect(idInputs(schema).filter((name) => !inputs.includes(name))).toEqual([]);
    expect(graphqlSlots(schema).length).toBeGreaterThanOrEqual(idInputs(schema).length);
  });

  it('are all parameters of the endpoints that are ids', () => {
    const inputs = restSlots(schema, routes).map(({ input }) => input);
    const parameters = routes.flatMap(({ method, path, operation }) =>
      [...operation.matchAll(/\$(\w+): \[?ID\b/g)].map(([, name]) => `${method} ${path} ${name}`),
    );
    expect(parameters.filter((name) => !inputs.includes(name))).toEqual([]);
    expect(inputs).toContain('POST /boards/:boardId/items/batch operations update contactId');
    expect(inputs).toContain('POST /boards/:boardId/items/search filter contactId eq');
  });

  it('include an id that is added, also where only its name shows that it is one', () => {
    const extended = extendSchema(
      buildASTSchema(parse(printSchema(schema))),
      parse(`extend input ItemDeletionInput { replacement: ID, contactIds: [String!] }
        extend type Board { linked(columnId: ID): Int }`),
    );
    const known = slots.map(({ place }) => place);
    const added = graphqlSlots(extended).filter(({ place }) => !known.includes(place));
    expect(added.map((slot) => [slot.place, slot.kinds()])).toEqual(
      expect.arrayContaining([
        ['Board.linked columnId', ['column']],
        ['Mutation.writeItems input operations delete replacement', ['item']],
        ['Mutation.writeItems input operations delete contactIds', ['contact']],
      ]),
    );
  });

  it('fail with advice where the kind of an id cannot be derived', () => {
    const extended = extendSchema(
      buildASTSchema(parse(printSchema(schema))),
      parse('extend type Query { total(ownerId: ID, of: ID): Int }'),
    );
    const added = graphqlSlots(extended).filter(({ place }) => place.startsWith('Query.total'));
    expect(added).toHaveLength(2);
    for (const slot of added) expect(slot.kinds).toThrow(/^The kind of the id at .* name /);
  });

  it('fail with advice where no id makes a difference', async () => {
    const [slot] = slots.filter(({ place }) => place === 'Query.items columnId');
    if (slot === undefined) throw new Error('no slot');
    await expect(usagesOf({ ...slot, kinds: () => ['contact'] })).rejects.toThrow(
      /makes no difference at Query.items columnId: name the input/,
    );
  });
});

describe('a resolver that forgets the workspace', () => {
  /** The slots that tell an id of the other workspace from one that never existed. */
  async function leaksOf(change: (planted: GraphQLSchema) => void): Promise<string[]> {
    const planted = builder.toSchema();
    change(planted);
    const { db } = world;
    const log = pino({ level: 'silent' });
    const app = createApp({ db, log, rateLimit: 1_000_000, schema: planted });
    const leaks: string[] = [];
    for (const slot of slots.filter(({ isWrite }) => !isWrite)) {
      for (const usage of await usagesOf(slot)) {
        const call = { usage, caller: demo, owner: other, key: keys.admin };
        const { foreign, never } = await compareForeign(app, slot, call);
        if (foreign !== never) leaks.push(slot.place);
      }
    }
    return leaks;
  }

  it('is found in a field', async () => {
    const leaks = await leaksOf((planted) => {
      fieldOf(planted, 'Query', 'item').resolve = (_, { id }) =>
        world.db.item.findFirst({ where: { id } });
    });
    expect(leaks).toContain('Query.item id');
    expect(leaks).toContain('GET /boards/:boardId/items/:itemId itemId');
  });

  it('is found where it only tells that the id exists', async () => {
    const leaks = await leaksOf((planted) => {
      const field = fieldOf(planted, 'Board', 'column');
      const { resolve } = field;
      field.resolve = async (...call) => {
        if (await world.db.column.findFirst({ where: { id: call[1].id } })) return null;
        return resolve?.(...call);
      };
    });
    expect(leaks).toContain('Board.column id');
  });
});

it('separates two workspaces that have the same ids', async () => {
  const { key, workspaceId } = await createKey(world, { inOtherWorkspace: true });
  const { boardId, columnId, id } = {
    boardId: demoIds.board,
    columnId: demoIds.column,
    id: demoIds.item,
  };
  const names = { workspaceId, name: 'Twin' };
  await world.db.board.create({ data: { ...names, id: boardId } });
  await world.db.column.create({
    data: { ...names, boardId, id: columnId, position: 0 },
  });
  const agent = await world.db.agent.findFirstOrThrow({ where: { workspaceId } });
  const place = { board_id: boardId, column_id: columnId, position: 0 };
  const twin = { ...place, id, title: 'Twin', values: {}, created_by_id: agent.id };
  await loadItems(world.db, workspaceId, [twin]);
  const demoRows = await databaseDigest(world, 'workspace_demo');
  const path = `/boards/${boardId}/items`;
  const headers = { authorization: `Bearer ${key}` };
  const list = await world.rest<{ title: string }[]>('GET', path, { headers });
  expect(list.body.data.map(({ title }) => title)).toEqual(['Twin']);
  const deletion = await world.rest('DELETE', path, {
    headers,
    body: { item_ids: [id, 'item_003'] },
  });
  expect(deletion.body.data).toEqual({ deleted: 1, item_ids: [id] });
  expect(await databaseDigest(world, 'workspace_demo')).toEqual(demoRows);
});
