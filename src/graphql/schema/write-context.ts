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
 * How a mutation's field is to be written. Of a document with several mutations each keeps its own answer, under the
 * name that it has there; what the key is bound to is the whole document with its variables.
 */
export function writeContextOf(
  context: Context,
  args: WriteArgs,
  info: GraphQLResolveInfo,
): WriteContext {
  const { db, reads, shared, caller, idempotencyKey, onReplay } = context;
  const { workspaceId } = caller;
  // What an earlier field of the document has read may not be so any more: they run one after the other.
  context.loaders = new Loaders({ db, reads, workspaceId, shared });
  return {
    db,
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
          // The REST door's operations have no text of their own: what they are called may change under a retry.
          info.operation.loc?.source.body ?? info.fieldName,
          info.operation.name?.value,
          info.variableValues,
        ]),
      },
    }),
    onReplay,
  };
}

/** The name of a mutation in its document; a long one, which fits into no index, by its digest. */
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

/** A digest that is the same for the same JSON, whatever the order of its keys. */
const fingerprint = (json: unknown): string =>
  createHash('sha256').update(JSON.stringify(json, sorted)).digest('base64url');

const sorted = (_: string, value: unknown): unknown =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
    : value;
