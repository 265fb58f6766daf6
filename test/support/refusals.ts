import { expect } from 'vitest';
import type { GraphQLReply, RestReply, World } from './world.ts';

/** What no reply may show: a stack, a statement, a part of the inside. */
const inside = /\bat \S+ \(|node_modules|prisma|\bSELECT\b|\bINSERT\b|\bUPDATE "|file:\/\//;

const detail = { field: expect.any(String), message: expect.any(String) };

/** Fails unless a REST reply is an error exactly as documented, headers and all. Returns what it says. */
export function refusal(reply: RestReply<unknown>, status: number, code: string) {
  const { status_code, success, error, ...others } = reply.body;
  const { message = '', details = [] } = error ?? {};
  expect({ status: reply.status, status_code, success, code: error?.code, others }).toEqual({
    ...{ status, status_code: status, success: false, code, others: {} },
  });
  expect(error).toEqual({
    ...{ code, message: expect.stringMatching(/./) },
    ...(error?.details !== undefined && { details: expect.arrayContaining([detail]) }),
  });
  expect(details).toEqual(details.map(() => detail));
  expect(JSON.stringify(reply.body)).not.toMatch(inside);
  expect(reply.headers.get('content-type')).toBe('application/json; charset=utf-8');
  expect(reply.headers.get('x-request-id')).toMatch(/^[\w.-]+$/);
  expect(reply.headers.get('x-ratelimit-limit')).toMatch(/^\d+$/);
  expect(reply.headers.get('x-ratelimit-remaining')).toMatch(/^\d+$/);
  return { message, details, fields: details.map(({ field }) => field) };
}

/** Fails unless a GraphQL reply has errors of this code only, in the documented shape. Returns the first message. */
export function graphqlRefusal(reply: GraphQLReply<unknown>, code: string | RegExp): string {
  const errors = reply.errors ?? [];
  expect(errors).not.toEqual([]);
  for (const error of errors) {
    expect(error.extensions.code).toMatch(code);
    const { details, ...extensions } = error.extensions;
    expect(Object.keys(extensions).filter((name) => name !== 'itemsCount')).toEqual(['code']);
    if (details !== undefined) expect(details).toEqual(details.map(() => detail));
    const shown = Object.keys(error).filter((key) => !['locations', 'path'].includes(key));
    expect(shown.sort()).toEqual(['extensions', 'message']);
  }
  expect(JSON.stringify(errors)).not.toMatch(inside);
  return errors[0]?.message ?? '';
}

/** A digest of every table's rows, keys apart: of one workspace, or of all. Two are equal if nothing was written. */
export async function contents({ db }: Pick<World, 'db'>, workspaceId?: string) {
  const ofBoards = ['board', 'board_column', 'board_change', 'item', 'item_value'];
  const tables = ['agent', 'contact', 'kept_answer', ...ofBoards];
  const digests = tables.map(
    (
      table,
    ) => `SELECT '${table}' AS table, md5(string_agg(t::text, E'\\n' ORDER BY t::text)) AS rows
      FROM ${table} t WHERE workspace_id = coalesce($1, workspace_id)`,
  );
  return db.$queryRawUnsafe(digests.join(' UNION ALL '), workspaceId ?? null);
}

/** What `run` gives, after a check that it wrote nothing anywhere. */
export async function unwritten<Reply>(
  world: Pick<World, 'db'>,
  run: () => Promise<Reply>,
): Promise<Reply> {
  const before = await contents(world);
  const reply = await run();
  expect(await contents(world)).toEqual(before);
  return reply;
}

/** A request to the GraphQL door whose body goes out as it is. */
export async function postRaw(
  { app }: Pick<World, 'app'>,
  body: string,
  headers: Record<string, string> = {},
): Promise<GraphQLReply<unknown>> {
  const response = await app.fetch('http://gateway.test/graphql', {
    method: 'POST',
    headers: {
      authorization: 'Bearer YOUR_API_KEY',
      'content-type': 'application/json',
      ...headers,
    },
    body,
  });
  return { status: response.status, ...(await response.json()) };
}
