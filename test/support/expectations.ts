import { expect } from 'vitest';
import type { GraphQLReply, RestReply, World } from './world.ts';

/** Stack traces, SQL and file names, which no response may contain. */
const internals = /\bat \S+ \(|node_modules|prisma|\bSELECT\b|\bINSERT\b|\bUPDATE "|file:\/\//;

const detail = { field: expect.any(String), message: expect.any(String) };

/** Expects a REST error exactly as documented, headers included. Returns its message and details. */
export function expectRestError(reply: RestReply<unknown>, status: number, code: string) {
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
  expect(JSON.stringify(reply.body)).not.toMatch(internals);
  expect(reply.headers.get('content-type')).toBe('application/json; charset=utf-8');
  expect(reply.headers.get('x-request-id')).toMatch(/^[\w.-]+$/);
  expect(reply.headers.get('x-ratelimit-limit')).toMatch(/^\d+$/);
  expect(reply.headers.get('x-ratelimit-remaining')).toMatch(/^\d+$/);
  return { message, details, fields: details.map(({ field }) => field) };
}

/** Expects GraphQL errors of this code only, in the documented shape. Returns the first message. */
export function expectGraphQLError(reply: GraphQLReply<unknown>, code: string | RegExp): string {
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
  expect(JSON.stringify(errors)).not.toMatch(internals);
  return errors[0]?.message ?? '';
}

/** A digest of the rows of every table but `api_key`, of one workspace or of all: equal while nothing is written. */
export async function databaseDigest({ db }: Pick<World, 'db'>, workspaceId?: string) {
  const ofBoards = ['board', 'board_column', 'board_change', 'item', 'item_value'];
  const ofContacts = ['contact', 'contact_change', 'merged_contact'];
  const tables = ['agent', ...ofContacts, 'idempotency_record', ...ofBoards];
  const digests = tables.map(
    (
      table,
    ) => `SELECT '${table}' AS table, md5(string_agg(t::text, E'\\n' ORDER BY t::text)) AS rows
      FROM ${table} t WHERE workspace_id = coalesce($1, workspace_id)`,
  );
  return db.$queryRawUnsafe(digests.join(' UNION ALL '), workspaceId ?? null);
}

/** Runs `run`, expects that it wrote nothing to the database, and returns its result. */
export async function expectNoWrites<Reply>(
  world: Pick<World, 'db'>,
  run: () => Promise<Reply>,
): Promise<Reply> {
  const before = await databaseDigest(world);
  const reply = await run();
  expect(await databaseDigest(world)).toEqual(before);
  return reply;
}
