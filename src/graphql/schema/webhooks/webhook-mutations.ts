import { contactsLog } from '../../../domain/contacts/contact-log.ts';
import { checkFeedFilter } from '../../../domain/feed/transitions.ts';
import { checkWebhook } from '../../../domain/webhooks/input.ts';
import {
  createWebhook,
  deleteWebhook,
  enableWebhook,
  resend,
  rotateSecret,
  updateWebhook,
  webhookNotFound,
} from '../../../domain/webhooks/webhooks.ts';
import type { Webhook as WebhookRow } from '../../../generated/prisma/client.ts';
import type { InputFields } from '../builder.ts';
import { builder } from '../builder.ts';
import { Deleted } from '../delete-payload.ts';
import { ItemFilter } from '../items/item-filter.ts';
import { writeArgs, writeContextOf } from '../write-context.ts';
import { Webhook, WebhookAttempt, WebhookEvent } from './webhook.ts';

const webhookFields = (t: InputFields) => ({
  description: t.string({ description: 'A note for people, at most 500 characters.' }),
  boardIds: t.idList({
    description:
      'The boards whose changes are sent, at most 50. Empty or null: all boards, also those created later. Contacts belong to no board: they are sent where `events` names one of theirs, or where both lists are empty.',
  }),
  events: t.field({
    type: [WebhookEvent],
    description: 'The events that are sent. Empty or null: all events.',
  }),
  filter: t.field({
    type: ItemFilter,
    description:
      'Only changes of items that match before or after. The filter may not use `columnName` and `updatedAt`. Null: all items.',
  }),
});

const CreateWebhookInput = builder.inputType('CreateWebhookInput', {
  description: 'A webhook to create.',
  fields: (t) => ({
    url: t.string({
      required: true,
      description: 'The https URL that messages are sent to, on the public internet.',
    }),
    ...webhookFields(t),
  }),
});

const UpdateWebhookInput = builder.inputType('UpdateWebhookInput', {
  description: 'Changes to a webhook; omitted fields keep their value.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'The id of the webhook.' }),
    url: t.string({ description: 'The https URL that messages are sent to.' }),
    ...webhookFields(t),
  }),
});

const ResendWebhookInput = builder.inputType('ResendWebhookInput', {
  description: 'Changes to send once more.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'The id of the webhook.' }),
    boardId: t.id({ description: 'The id of the board. Omitted or null: the contacts.' }),
    fromRevision: t.float({
      required: true,
      description: 'The first revision of the log to send again; 0 for the whole log.',
    }),
  }),
});

interface Written {
  webhook: WebhookRow;
}

const WebhookPayload = builder.objectRef<Written>('WebhookPayload').implement({
  description: 'The result of writing a webhook.',
  fields: (t) => ({
    webhook: t.field({
      type: Webhook,
      description: 'The webhook after the write.',
      resolve: ({ webhook }) => webhook,
    }),
  }),
});

const WebhookSecretPayload = builder.objectRef<Written>('WebhookSecretPayload').implement({
  description: 'A webhook, and the secret that verifies its messages.',
  fields: (t) => ({
    webhook: t.field({
      type: Webhook,
      description: 'The webhook after the write.',
      resolve: ({ webhook }) => webhook,
    }),
    secret: t.string({
      description:
        'The secret that signs messages, like `whsec_…`. Save it now: it cannot be read again.',
      resolve: ({ webhook }, _, { webhooks }) => webhooks.secretOf(webhook),
    }),
  }),
});

const idArg = () =>
  builder.args((t) => ({
    id: t.id({ required: true, description: 'The id of the webhook.' }),
  }));

builder.mutationFields((t) => ({
  createWebhook: t.field({
    type: WebhookSecretPayload,
    nullable: true,
    description:
      'Creates a webhook, which gets all changes from now on, and sends it a ping. Messages have the rows of `GET /boards/:boardId/changes` and `GET /contacts/changes`.',
    args: {
      input: t.arg({ type: CreateWebhookInput, required: true, description: 'The webhook.' }),
      ...writeArgs(),
    },
    resolve: async (_, args, context, info) => {
      const { webhooks } = context;
      const { input } = args;
      checkWebhook(input, webhooks.allowsPrivate);
      checkFeedFilter(input.filter);
      const secret = webhooks.newSecret();
      const webhook = await createWebhook(writeContextOf(context, args, info), {
        ...input,
        secret,
      });
      if (!args.validateOnly) webhooks.ping(webhook).catch(() => {});
      return { webhook };
    },
  }),
  updateWebhook: t.field({
    type: WebhookPayload,
    nullable: true,
    description: 'Updates a webhook. Boards that are added begin with their next change.',
    args: {
      input: t.arg({ type: UpdateWebhookInput, required: true, description: 'The changes.' }),
      ...writeArgs(),
    },
    resolve: async (_, args, context, info) => {
      checkWebhook(args.input, context.webhooks.allowsPrivate);
      checkFeedFilter(args.input.filter);
      return { webhook: await updateWebhook(writeContextOf(context, args, info), args.input) };
    },
  }),
  deleteWebhook: t.field({
    type: Deleted,
    nullable: true,
    description: 'Permanently deletes a webhook with its attempts.',
    args: { ...idArg(), ...writeArgs() },
    resolve: (_, args, context, info) =>
      deleteWebhook(writeContextOf(context, args, info), args.id),
  }),
  enableWebhook: t.field({
    type: WebhookPayload,
    nullable: true,
    description:
      'Enables a webhook that was disabled, and sends it all changes since then. For one that is failing, the next attempt is made at once.',
    args: { ...idArg(), ...writeArgs() },
    resolve: async (_, args, context, info) => ({
      webhook: await enableWebhook(writeContextOf(context, args, info), args.id),
    }),
  }),
  rotateWebhookSecret: t.field({
    type: WebhookSecretPayload,
    nullable: true,
    description: 'Gives a webhook a new secret. For 24 hours, messages have signatures by both.',
    args: { ...idArg(), ...writeArgs() },
    resolve: async (_, args, context, info) => {
      const secret = context.webhooks.newSecret();
      const write = writeContextOf(context, args, info);
      return { webhook: await rotateSecret(write, { id: args.id, secret }) };
    },
  }),
  pingWebhook: t.field({
    type: WebhookAttempt,
    nullable: true,
    description: 'Sends a ping to a webhook, also a disabled one, and returns the attempt.',
    args: idArg(),
    resolve: async (_, { id }, { webhooks, loaders }) => {
      const webhook = await loaders.webhook.load(id);
      if (webhook === undefined) throw webhookNotFound(id);
      return webhooks.ping(webhook);
    },
  }),
  resendWebhook: t.field({
    type: WebhookPayload,
    nullable: true,
    description: 'Sends the changes of a board or of the contacts once more, from a revision on.',
    args: {
      input: t.arg({
        type: ResendWebhookInput,
        required: true,
        description: 'The changes to send.',
      }),
      ...writeArgs(),
    },
    resolve: async (_, args, context, info) => {
      const { boardId, ...input } = args.input;
      const write = writeContextOf(context, args, info);
      return { webhook: await resend(write, { ...input, logId: boardId ?? contactsLog }) };
    },
  }),
}));
