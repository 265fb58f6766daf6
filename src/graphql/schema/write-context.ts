import { createHash } from 'node:crypto';
import { type GraphQLResolveInfo, type GraphQLSchema, isObjectType } from 'graphql';
import type { WriteContext } from '../../domain/transaction.ts';
import type { Context } from '../../request/context.ts';
import { Loaders } from '../../request/loaders.ts';
import { isDefaultResolver } from '../execution/planned-field.ts';
import { builder } from './builder.ts';
import { selectedNames } from './selected-names.ts';

/** The arguments of every mutation besides its input. */
export const writeArgs = () =>
  builder.args((t) => ({
    validateOnly: t.boolean({
      defaultValue: false,
      description:
        'Dry run: validates and returns the result without saving. Related objects, like the column with its counts, are returned as stored.',
    }),
  }));

type WriteArgs = { validateOnly?: boolean | null | undefined };

/**
 * The write context of a mutation field. With an idempotency key each mutation of a document stores its own result, under
 * its response key; the key is bound to the whole document and its variables.
 */
export function writeContextOf(
  context: Context,
  args: WriteArgs,
  info: GraphQLResolveInfo,
): WriteContext {
  const { db, reads, shared, live, caller, lifetime, statements, idempotencyKey, onReplay } =
    context;
  const { workspaceId } = caller;
  // Mutations run in order: rows that an earlier one has cached may be outdated.
  context.loaders = new Loaders({ db, reads, workspaceId, shared });
  return {
    db,
    cancellation: lifetime,
    statements,
    withoutTimeout: (work) => lifetime.withoutTimeout(work),
    limiter: shared.writeLimiter,
    boardOf: (itemId) => shared.boardOf(workspaceId, itemId),
    workspaceId,
    agentId: caller.agentId,
    chunkSize: shared.chunkSize,
    isBrief: ![...selectedNames(info)].some((name) => needsRow(info.schema, name)),
    validateOnly: args.validateOnly ?? false,
    ...(idempotencyKey !== undefined && {
      idempotency: {
        key: idempotencyKey,
        part: partOf(info),
        fingerprint: fingerprint([
          // Operations of REST have no source text. Their names may change between a request and its retry.
          info.operation.loc?.source.body ?? info.fieldName,
          info.operation.name?.value,
          info.variableValues,
        ]),
      },
    }),
    onReplay,
    onCommit: (logId) => live.onCommit({ workspaceId, logId }),
  };
}

/** The response key of a mutation, or the digest of one that is too long for an index. */
function partOf({ path: { key } }: GraphQLResolveInfo): string {
  const name = String(key);
  return name.length <= 100 ? name : fingerprint(name);
}

const briefFields = new Set(['id', 'version']);

/** True for a field of items that takes more of the row than `id` and `version`: a wrapped resolver may take any. */
function needsRow(schema: GraphQLSchema, name: string): boolean {
  const item = schema.getType('Item');
  const field = isObjectType(item) ? item.getFields()[name] : undefined;
  return field !== undefined && !(briefFields.has(name) && isDefaultResolver(field));
}

/** A digest of JSON that does not depend on the order of keys. */
const fingerprint = (json: unknown): string =>
  createHash('sha256').update(JSON.stringify(json, sortKeys)).digest('base64url');

const sortKeys = (_: string, value: unknown): unknown =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
    : value;
