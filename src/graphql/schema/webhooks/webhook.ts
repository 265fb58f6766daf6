import { requireScope } from '../../../auth/scopes.ts';
import { attemptPageQuery, attemptSource } from '../../../domain/webhooks/attempts.ts';
import { webhookPageQuery, webhookSource } from '../../../domain/webhooks/webhooks.ts';
import type {
  WebhookAttempt as AttemptRow,
  Webhook as WebhookRow,
} from '../../../generated/prisma/client.ts';
import type { Context } from '../../../request/context.ts';
import { builder } from '../builder.ts';
import { connectionOf, listConnection, pageArgs } from '../connection.ts';
import { Node } from '../node.ts';

export const WebhookEvent = builder.enumType('WebhookEvent', {
  description: 'The kind of object that changed, and the kind of change.',
  values: {
    ITEM_CREATED: { description: 'An item was created.' },
    ITEM_UPDATED: { description: 'Fields of an item were changed; it may also have moved.' },
    ITEM_MOVED: { description: 'An item was moved, and nothing else was changed.' },
    ITEM_SHIFTED: { description: 'The position of an item changed to make room for another.' },
    ITEM_DELETED: { description: 'An item was deleted.' },
    COLUMN_CREATED: { description: 'A column was created.' },
    COLUMN_UPDATED: { description: 'Fields of a column were changed; it may also have moved.' },
    COLUMN_MOVED: { description: 'A column was moved.' },
    COLUMN_DELETED: { description: 'A column was deleted.' },
    BOARD_CREATED: { description: 'A board was created.' },
    BOARD_UPDATED: { description: 'Fields of a board were changed.' },
    BOARD_DELETED: { description: 'A board was deleted.' },
    CONTACT_CREATED: { description: 'A contact was created.' },
    CONTACT_UPDATED: { description: 'Fields of a contact were changed.' },
    CONTACT_MERGED: { description: 'A contact was merged into another one.' },
    CONTACT_DELETED: { description: 'A contact was deleted.' },
  } as const,
});

export const WebhookAttempt = builder.objectRef<AttemptRow>('WebhookAttempt').implement({
  description: 'One attempt to deliver a message to a webhook.',
  fields: (t) => ({
    id: t.exposeID('id', { description: 'The id of the attempt.' }),
    messageId: t.exposeString('messageId', {
      description: 'The `webhook-id` that was sent; a retry repeats it.',
    }),
    boardId: t.exposeID('boardId', {
      nullable: true,
      description: 'The board whose changes were sent; null for contacts and for a ping.',
    }),
    firstRevision: t.float({
      nullable: true,
      description: 'The revision of the first change that was sent; null for a ping.',
      resolve: ({ firstRevision }) => numberOrNull(firstRevision),
    }),
    lastRevision: t.float({
      nullable: true,
      description: 'The revision of the last change that was sent; null for a ping.',
      resolve: ({ lastRevision }) => numberOrNull(lastRevision),
    }),
    attempt: t.exposeInt('attempt', { description: 'The number of the attempt, from 1.' }),
    at: t.expose('createdAt', { type: 'DateTime', description: 'When it began.' }),
    milliseconds: t.exposeInt('milliseconds', {
      description: 'How long it took, in milliseconds.',
    }),
    status: t.exposeInt('status', {
      nullable: true,
      description: 'The HTTP status of the response; null without one.',
    }),
    error: t.exposeString('error', {
      nullable: true,
      description: 'Why it failed; null for a success.',
    }),
  }),
});

const numberOrNull = (value: bigint | null): number | null =>
  value === null ? null : Number(value);

const WebhookAttemptConnection = connectionOf('WebhookAttempt', WebhookAttempt);

export const Webhook = builder.objectRef<WebhookRow>('Webhook').implement({
  description:
    'An endpoint that changes are sent to, signed as in Standard Webhooks 1.0: at least once, and in commit order for each board and for the contacts.',
  interfaces: [Node],
  fields: (t) => ({
    url: t.exposeString('url', { description: 'The URL that messages are sent to.' }),
    description: t.exposeString('description', { description: 'A note for people.' }),
    boardIds: t.idList({
      description: 'The boards whose changes are sent; empty for all boards.',
      resolve: ({ boardIds }) => boardIds,
    }),
    events: t.field({
      type: [WebhookEvent],
      description: 'The events that are sent; empty for all events.',
      resolve: ({ events }) => events as never,
    }),
    filter: t.field({
      type: 'Json',
      nullable: true,
      description: 'The filter on items, as it was given.',
      resolve: ({ filter }) => filter,
    }),
    isEnabled: t.boolean({
      description: 'False if it was disabled: see `disabledReason`, and `enableWebhook`.',
      resolve: ({ disabledAt }) => disabledAt === null,
    }),
    disabledAt: t.expose('disabledAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it was disabled.',
    }),
    disabledReason: t.exposeString('disabledReason', {
      nullable: true,
      description: 'Why it was disabled.',
    }),
    failingSince: t.expose('firstFailedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'The first failure since the last success; it is disabled after five days.',
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was created.' }),
    updatedAt: t.expose('updatedAt', {
      type: 'DateTime',
      description: 'When it was last changed.',
    }),
    attempts: t.field({
      type: WebhookAttemptConnection,
      description: 'The last 100 attempts, newest first.',
      args: pageArgs(),
      resolve: ({ id }, args, context) => {
        const source = attemptSource(context.caller.workspaceId, id);
        return listConnection(context, { source, query: attemptPageQuery }, args);
      },
    }),
  }),
});

const WebhookConnection = connectionOf('Webhook', Webhook);

/** URLs of webhooks may contain secrets. Throws FORBIDDEN. */
const checkMayReadWebhooks = ({ caller }: Context): void => requireScope(caller, 'write');

builder.queryFields((t) => ({
  webhook: t.field({
    type: Webhook,
    nullable: true,
    description: 'A webhook by its id; null if it does not exist. Requires the scope `write`.',
    args: { id: t.arg.id({ required: true, description: 'The id of the webhook.' }) },
    resolve: (_, { id }, context) => {
      checkMayReadWebhooks(context);
      return context.loaders.webhook.load(id);
    },
  }),
  webhooks: t.field({
    type: WebhookConnection,
    description: 'The webhooks of your workspace, oldest first. Requires the scope `write`.',
    args: pageArgs(),
    resolve: (_, args, context) => {
      checkMayReadWebhooks(context);
      const source = webhookSource(context.caller.workspaceId);
      return listConnection(context, { source, query: webhookPageQuery }, args);
    },
  }),
}));
