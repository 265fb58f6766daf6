import { expect, it } from 'vitest';
import { builder } from '../../src/graphql/schema/builder.ts';
import '../../src/graphql/schema/index.ts';
import { toErrorPayload } from '../../src/mask-error.ts';
import type { Context } from '../../src/request/context.ts';
import { createGateway, fieldOf } from '../support/gateway.ts';
import { useWorld } from '../support/world.ts';

const world = useWorld();

/** A schema in which one field has another resolver. */
function schemaWith(typeName: string, name: string, resolve: (context: Context) => unknown) {
  const schema = builder.toSchema();
  const field = fieldOf(schema, typeName, name);
  field.resolve = (_source, _args, context) => resolve(context as Context);
  field.extensions = { ...field.extensions, pothosOriginalResolve: field.resolve };
  return schema;
}

const item = '/boards/board_abc123/items/item_001';
const unexpected = {
  code: 'INTERNAL_SERVER_ERROR',
  message: 'Something went wrong on our side. Try again, or tell us the request id.',
};

it('logs a bug of a resolver once, with its request id, and hides it from callers', async () => {
  const bug = () => {
    throw new TypeError('secret');
  };
  const { graphql, rest, lines } = createGateway(world, schemaWith('Item', 'title', bug));
  const { errors, headers } = await graphql('{ item(id: "item_001") { title } }');
  expect(errors).toMatchObject([
    { message: unexpected.message, path: ['item', 'title'], extensions: { code: unexpected.code } },
  ]);
  const logged = { msg: 'request failed', err: { message: 'secret' } };
  const requestId = headers.get('x-request-id');
  expect(lines.splice(0)).toMatchObject([{ ...logged, path: ['item', 'title'], requestId }]);

  const response = await rest('GET', item);
  expect(response.status).toBe(500);
  expect(response.body.error).toEqual(unexpected);
  expect(lines).toMatchObject([logged]);
});

it('treats a violation of the protocol as a bug', async () => {
  const error = await world.db
    .$queryRawUnsafe('SELECT $1::int', 1, 2)
    .catch((thrown: unknown) => thrown);
  expect(String(error)).toContain('bind message supplies 2 parameters');
  expect(toErrorPayload(error)).toMatchObject({ code: 'INTERNAL_SERVER_ERROR' });
});

it('treats the same code of PgBouncer as an unavailable database', () => {
  const error = Object.assign(new Error('query_wait_timeout'), { code: '08P01' });
  expect(toErrorPayload(error)).toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
});

it('logs each bug of a list once', async () => {
  const bug = () => {
    throw new TypeError('secret');
  };
  const { graphql, lines } = createGateway(world, schemaWith('Contact', 'items', bug));
  await graphql('{ a: contacts(first: 1) { nodes { items { totalCount } } } }');
  expect(lines).toHaveLength(1);
});

it('logs a bug of the authentication once', async () => {
  const { graphql, rest, lines } = createGateway(world, builder.toSchema());
  await world.db.$executeRaw`ALTER TABLE api_key RENAME TO renamed_key`;
  try {
    const { status, errors } = await graphql('{ viewer { agent { id } } }');
    expect({ status, errors }).toMatchObject({
      status: 500,
      errors: [{ message: unexpected.message, extensions: { code: unexpected.code } }],
    });
    expect(lines.splice(0)).toMatchObject([{ msg: 'request failed' }]);
    expect((await rest('GET', item)).status).toBe(500);
    expect(lines.splice(0)).toMatchObject([{ msg: 'request failed' }]);
  } finally {
    await world.db.$executeRaw`ALTER TABLE renamed_key RENAME TO api_key`;
  }
});

it.each([
  ['57014', 'SERVICE_UNAVAILABLE', 503],
  ['40P01', 'CONFLICT', 409],
  ['57P01', 'SERVICE_UNAVAILABLE', 503],
])('responds to error %s of PostgreSQL with %s and logs nothing', async (state, code, status) => {
  const raise = ({ db }: Context) =>
    db.$executeRawUnsafe(`DO $$ BEGIN RAISE EXCEPTION 'secret' USING ERRCODE = '${state}'; END $$`);
  const { graphql, rest, lines } = createGateway(world, schemaWith('Query', 'item', raise));
  const { errors } = await graphql('{ item(id: "item_001") { id } }');
  expect(errors?.[0]?.extensions.code).toBe(code);
  expect(errors?.[0]?.message).not.toContain('secret');
  const response = await rest('GET', item);
  expect(response.status).toBe(status);
  expect(response.body.error?.code).toBe(code);
  expect(lines).toEqual([]);
});
