import { beforeEach, expect, it } from 'vitest';
import { createBoard, readLayout, type TestBoard } from '../support/boards.ts';
import { expectNoWrites, expectRestError } from '../support/expectations.ts';
import { useWorld } from '../support/world.ts';

const world = useWorld();

let board: TestBoard;
beforeEach(async () => {
  board = await createBoard(world, { A: ['a', 'b', 'c'], B: [] });
});

const batch = <Data = object>(body: unknown) =>
  world.rest<Data>('POST', `/boards/${board.id}/items/batch`, { body });

const operations = () => [
  { op: 'create', title: 'new', column_name: 'b', contact_id: 'contact_xyz', values: { k: 1 } },
  { op: 'update', id: board.items.a, title: 'A', labels: ['l'], expected_version: 1 },
  { op: 'upsert', match_on: 'n', values: { n: 7 }, title: 'up' },
  { op: 'delete', id: board.items.c },
  { op: 'update', id: 'item_never', title: 'x' },
  { op: 'update', id: board.items.b, column_id: 'col_never' },
];

interface BatchData {
  results: { action: string; item: { id: string } | null }[];
}

it('runs a batch with REST names in the results', async () => {
  const { status, body } = await batch<BatchData>({ operations: operations(), mode: 'per_item' });
  expect(status).toBe(200);
  expect(await readLayout(world, board)).toEqual(['A: A b up', 'B: new']);
  const [first] = body.data.results;
  const { body: fetched } = await world.rest('GET', `/boards/${board.id}/items/${first?.item?.id}`);
  expect(first?.item).toEqual(fetched.data);
  const shortResults = body.data.results.map(({ item, ...rest }) => ({
    ...rest,
    item: item && '…',
  }));
  expect({ ...body.data, results: shortResults }).toMatchInlineSnapshot(`
    {
      "created": 2,
      "deleted": 1,
      "failed": 2,
      "results": [
        {
          "action": "created",
          "error": null,
          "index": 0,
          "item": "…",
        },
        {
          "action": "updated",
          "error": null,
          "index": 1,
          "item": "…",
        },
        {
          "action": "created",
          "error": null,
          "index": 2,
          "item": "…",
        },
        {
          "action": "deleted",
          "error": null,
          "index": 3,
          "item": "…",
        },
        {
          "action": "failed",
          "error": {
            "code": "ITEM_NOT_FOUND",
            "details": [
              {
                "field": "id",
                "message": "not found",
              },
            ],
            "message": "Item 'item_never' not found",
          },
          "index": 4,
          "item": null,
        },
        {
          "action": "failed",
          "error": {
            "code": "COLUMN_NOT_FOUND",
            "details": [
              {
                "field": "column_id",
                "message": "not found in board",
              },
            ],
            "message": "Column 'col_never' not found in board",
          },
          "index": 5,
          "item": null,
        },
      ],
      "updated": 1,
    }
  `);
});

it('reports all errors of an atomic batch', async () => {
  const { body } = await expectNoWrites(world, () => batch({ operations: operations() }));
  expect(body).toMatchInlineSnapshot(`
    {
      "error": {
        "code": "ITEM_NOT_FOUND",
        "details": [
          {
            "field": "4.id",
            "message": "not found",
          },
          {
            "field": "5.column_id",
            "message": "not found in board",
          },
        ],
        "message": "Nothing was written: 2 of 6 cannot be done. The first, at index 4: Item 'item_never' not found",
      },
      "status_code": 404,
      "success": false,
    }
  `);
});

it('writes nothing with validate_only', async () => {
  const dryRun = { operations: operations().slice(0, 4), validate_only: true };
  const { body } = await expectNoWrites(world, () => batch(dryRun));
  expect(body.data).toMatchObject({ created: 2, updated: 1, deleted: 1, failed: 0 });
});

it.each([
  [{}, 'operations is required'],
  [{ operations: {} }, 'operations must be a list of {op, …}'],
  [{ operations: ['create'] }, 'operations.0 must be an object with an op'],
  [
    { operations: [{ title: 'x' }] },
    'operations.0.op must be one of create, delete, update, upsert',
  ],
  [
    { operations: [{ op: 'move', id: 'x' }] },
    'operations.0.op must be one of create, delete, update, upsert',
  ],
  [
    { operations: [{ op: 'toString' }] },
    'operations.0.op must be one of create, delete, update, upsert',
  ],
  [
    { operations: [{ op: 'create', titel: 'x' }] },
    'operations.0.titel is not known: did you mean title?',
  ],
  [
    { operations: [{ op: 'create', columnId: 'x' }] },
    'operations.0.columnId is not known: did you mean column_id?',
  ],
  [
    { operations: [{ op: 'delete', id: 'x', values: {} }] },
    'operations.0.values is not known: use expected_version, id',
  ],
  [
    { operations: [{ op: 'create' }] },
    'Nothing was written: 1 of 1 cannot be done. The first, at index 0: title is required',
  ],
  [{ operations: [{ op: 'update', title: 'x' }] }, 'operations.0.id is required'],
  [
    { operations: [{ op: 'update', id: 'x', expected_version: '1' }] },
    'operations.0.expected_version must be a whole number',
  ],
  [{ operations: [{ op: 'upsert', values: { k: 1 } }] }, 'operations.0.match_on is required'],
  [
    { operations: [{ op: 'upsert', match_on: 'k', title: 5 }] },
    'operations.0.title must be a string',
  ],
  [
    { operations: [{ op: 'create', title: 'x', values: [] }] },
    'operations.0.values must be an object of your own fields, like { "deal_value": "50000" }',
  ],
  [
    { operations: [{ op: 'create', title: null }] },
    'Nothing was written: 1 of 1 cannot be done. The first, at index 0: title is required',
  ],
  [{ operations: [], mode: 'some' }, 'mode must be one of atomic, per_item'],
  [{ operation: [] }, 'operation is not known: did you mean operations?'],
])('refuses the batch %j with a hint', async (body, message) => {
  const response = await expectNoWrites(world, () => batch(body));
  expect(expectRestError(response, 400, 'VALIDATION_ERROR').message).toBe(message);
});

it('reports every malformed operation', async () => {
  const response = await expectNoWrites(world, () =>
    batch({
      mode: 'per_item',
      operations: [
        { op: 'create', title: 'good' },
        { op: 'update', id: board.items.a, titel: 'x' },
        { op: 'move', id: board.items.a },
        'x',
      ],
    }),
  );
  expect(expectRestError(response, 400, 'VALIDATION_ERROR').fields).toEqual([
    'operations.1.titel',
    'operations.2.op',
    'operations.3',
  ]);
  const untyped = await expectNoWrites(world, () =>
    batch({
      operations: [
        { op: 'update' },
        { op: 'create', title: 7 },
        { op: 'update', id: board.items.a, values: [] },
      ],
    }),
  );
  expect(expectRestError(untyped, 400, 'VALIDATION_ERROR').fields).toEqual([
    'operations.0.id',
    'operations.1.title',
    'operations.2.values',
  ]);
});

it('reports the first 50 of more malformed operations', async () => {
  const response = await expectNoWrites(world, () => batch({ operations: Array(60).fill('x') }));
  const { message, fields } = expectRestError(response, 400, 'VALIDATION_ERROR');
  expect(message).toBe('operations.0 must be an object with an op');
  expect(fields).toEqual(Array.from({ length: 50 }, (_, index) => `operations.${index}`));
});

const mail = 'ann@x.io';
const contact = { match_on: 'email', email: mail, name: 'Ann' };

it.each<[string, object, string, string]>([
  [
    'a contact and an id',
    { contact_id: 'contact_xyz', contact },
    'contact',
    'contact cannot be given together with contact_id',
  ],
  [
    'two columns',
    { column_name: 'A', column_id: 'B' },
    'column_name',
    'The column id and the column name are of two columns',
  ],
  [
    'a contact of several',
    { contact },
    'contact.email',
    'Several contacts have this email. Merge them, or name one of them by contact_id instead.',
  ],
])('names the fields of REST where %s is refused, in a result and for the batch', async (...row) => {
  const [, { column_id, ...fields }, field, message] = row as [
    string,
    { column_id?: string },
    string,
    string,
  ];
  for (const name of ['Ann', 'Anna'])
    await world.rest('POST', '/contacts', { body: { name, email: mail } });
  const columnId = column_id && { column_id: board.columns[column_id] };
  const operations = [{ op: 'create', title: 'x', ...fields, ...columnId }];
  const { body } = await batch<{ results: { error: object }[] }>({ operations, mode: 'per_item' });
  expect(body.data.results[0]?.error).toMatchObject({ message, details: [{ field }] });
  const refused = await batch({ operations });
  expect(refused.body.error).toMatchObject({ details: [{ field: `0.${field}` }] });
  expect(refused.body.error?.message).toContain(message);
});

it('has AMBIGUOUS_MATCH, and no CONFLICT that would be retried, where a value is of several items or contacts', async () => {
  const email = 'several@twins.example';
  for (const name of ['Ann', 'Anna'])
    await world.rest('POST', '/contacts', { body: { name, email } });
  const { id } = await createBoard(world, { One: [] });
  const items = `/boards/${id}/items`;
  for (const title of ['a', 'b'])
    await world.rest('POST', items, { body: { title, values: { code: 'x' } } });
  const upsert = { op: 'upsert', match_on: 'code', values: { code: 'x' } };
  const contact = { match_on: 'email', email, name: 'x' };
  const calls: [string, object, string][] = [
    [`${items}/batch`, { operations: [upsert] }, '0.values.code'],
    ['/contacts/batch', { match_on: 'email', contacts: [{ email, name: 'x' }] }, '0.email'],
    [items, { title: 'x', contact }, 'contact.email'],
  ];
  for (const [path, body, field] of calls) {
    const reply = await expectNoWrites(world, () => world.rest('POST', path, { body }));
    const { details } = expectRestError(reply, 409, 'AMBIGUOUS_MATCH');
    expect(details).toEqual([
      { field: expect.stringContaining(field), message: expect.stringMatching(/^is not of one/) },
    ]);
  }
});
