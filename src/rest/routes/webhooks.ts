import type { Route } from '../route.ts';

const webhookSelection = `id url description board_ids: boardIds events filter is_enabled: isEnabled
  disabled_at: disabledAt disabled_reason: disabledReason failing_since: failingSince
  created_at: createdAt updated_at: updatedAt`;

const attemptSelection = `id message_id: messageId board_id: boardId first_revision: firstRevision
  last_revision: lastRevision attempt at milliseconds status error`;

const webhookParameters =
  '$description: String, $board_ids: [ID!], $events: [WebhookEvent!], $filter: ItemFilter, $validate_only: Boolean';
const webhookFields =
  'url: $url, description: $description, boardIds: $board_ids, events: $events, filter: $filter';

const missingWebhook = {
  code: 'WEBHOOK_NOT_FOUND',
  message: ({ id }) => `Webhook '${id}' not found`,
} as const satisfies Route['notFound'];

const withSecret = `webhook { ${webhookSelection} } secret`;

/** The endpoints of webhooks. */
export const webhookRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/webhooks',
    envelope: 'webhooks',
    operation: `query listWebhooks($limit: Int! = 50, $offset: Int! = 0) {
      data: webhooks(first: $limit, offset: $offset) { rows: nodes { ${webhookSelection} } total: totalCount }
    }`,
  },
  {
    method: 'GET',
    path: '/webhooks/:id',
    envelope: 'webhook',
    notFound: missingWebhook,
    operation: `query getWebhook($id: ID!) { data: webhook(id: $id) { ${webhookSelection} } }`,
  },
  {
    method: 'POST',
    path: '/webhooks',
    envelope: 'webhook',
    status: 201,
    operation: `mutation createWebhook($url: String!, ${webhookParameters}) {
      data: createWebhook(input: { ${webhookFields} }, validateOnly: $validate_only) {
        ${withSecret}
      }
    }`,
  },
  {
    method: 'PUT',
    path: '/webhooks/:id',
    envelope: 'webhook',
    operation: `mutation updateWebhook($id: ID!, $url: String, ${webhookParameters}) {
      data: updateWebhook(input: { id: $id, ${webhookFields} }, validateOnly: $validate_only) {
        webhook { ${webhookSelection} }
      }
    }`,
  },
  {
    method: 'DELETE',
    path: '/webhooks/:id',
    envelope: 'object',
    operation: `mutation deleteWebhook($id: ID!, $validate_only: Boolean) {
      data: deleteWebhook(id: $id, validateOnly: $validate_only) { deleted: deletedCount ids: deletedIds }
    }`,
  },
  {
    method: 'POST',
    path: '/webhooks/:id/enable',
    envelope: 'webhook',
    operation: `mutation enableWebhook($id: ID!, $validate_only: Boolean) {
      data: enableWebhook(id: $id, validateOnly: $validate_only) { webhook { ${webhookSelection} } }
    }`,
  },
  {
    method: 'POST',
    path: '/webhooks/:id/rotate-secret',
    envelope: 'webhook',
    operation: `mutation rotateWebhookSecret($id: ID!, $validate_only: Boolean) {
      data: rotateWebhookSecret(id: $id, validateOnly: $validate_only) { ${withSecret} }
    }`,
  },
  {
    method: 'POST',
    path: '/webhooks/:id/ping',
    envelope: 'object',
    operation: `mutation pingWebhook($id: ID!) { data: pingWebhook(id: $id) { ${attemptSelection} } }`,
  },
  {
    method: 'POST',
    path: '/webhooks/:id/resend',
    envelope: 'webhook',
    operation: `mutation resendWebhook($id: ID!, $board_id: ID, $from_revision: Float!, $validate_only: Boolean) {
      data: resendWebhook(input: { id: $id, boardId: $board_id, fromRevision: $from_revision },
        validateOnly: $validate_only) {
        webhook { ${webhookSelection} }
      }
    }`,
  },
  {
    method: 'GET',
    path: '/webhooks/:id/attempts',
    envelope: 'list',
    notFound: missingWebhook,
    pick: 'attempts',
    operation: `query listWebhookAttempts($id: ID!, $limit: Int! = 50, $offset: Int! = 0) {
      data: webhook(id: $id) {
        attempts(first: $limit, offset: $offset) { rows: nodes { ${attemptSelection} } total: totalCount }
      }
    }`,
  },
];
