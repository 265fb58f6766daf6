import type { JsonObject } from '../http/json-object.ts';
import type { ErrorPayload } from '../mask-error.ts';
import { RawJson, withoutRawJson } from '../raw-json.ts';
import { contextToSnakeCase, type ParameterNames, toSnakeCase, withRestNames } from './names.ts';

interface RestPage {
  rows: readonly unknown[];
  total: number;
  /** Undefined for lists without a cursor. */
  page?: { hasNextPage: boolean; endCursor: string | null };
}

interface BatchResult {
  action: string;
  error: ErrorPayload | null;
}

interface ChangeData {
  subject: string;
  action: string;
  /** Null in streams without a filter; undefined in the log. */
  transition?: string | null;
  fields: { field: string }[];
}

/** The cursor of the next page; null on the last page. */
const nextCursor = ({ page }: RestPage) =>
  page && { next_cursor: page.hasNextPage ? page.endCursor : null };

const toBatchRow = ({ action, error, ...result }: BatchResult, names: ParameterNames): object => ({
  ...result,
  action: action.toLowerCase(),
  error: error && toBatchError(withRestNames(names, error)),
});

const toBatchError = ({ code, message, details, context = {} }: ErrorPayload): object => ({
  ...{ code, message, ...contextToSnakeCase(context) },
  details: details.map(({ field, message }) => ({ field, message })),
});

const toChangeRow = ({ subject, action, transition, fields, ...row }: ChangeData): object => ({
  ...row,
  subject: subject.toLowerCase(),
  action: action.toLowerCase(),
  ...(transition != null && { transition: transition.toLowerCase() }),
  fields: fields.map((field) => ({ ...field, field: toSnakeCase(field.field) })),
});

/** The rows of a log. */
export const changeRows = (rows: unknown): object[] =>
  withoutRawJson<ChangeData[]>(rows).map(toChangeRow);

/** A webhook, or a written one with its secret. */
type WebhookData = { events: string[] } | { webhook: { events: string[] }; secret?: string };

const toWebhookRow = (data: WebhookData): object => {
  const { events, ...row } = 'webhook' in data ? { ...data.webhook, ...secretOf(data) } : data;
  return { ...row, events: events.map((event) => event.toLowerCase()) };
};

const secretOf = ({ secret }: { secret?: string }) => (secret === undefined ? {} : { secret });

/** An API key, or a new one with its text. */
type KeyData = { scopes: string[] } | { apiKey: { scopes: string[] }; key: string | null };

const toKeyRow = (data: KeyData): object => {
  const { scopes, ...row } = 'apiKey' in data ? { ...data.apiKey, key: data.key } : data;
  return { ...row, scopes: scopes.map((scope) => scope.toLowerCase()) };
};

/** The documented response bodies, by name: from an operation's `data`, its variables and parameters to the body. */
export const envelopes = {
  object: (data: unknown) => ({ success: true, data: flattenConnections(data) }),
  list: (data: unknown, { limit, offset }: JsonObject) => {
    const { rows, total } = data as RestPage;
    return {
      success: true,
      data: rows,
      pagination: { total, limit, offset },
      ...nextCursor(data as RestPage),
    };
  },
  search: (data: unknown, { limit, offset }: JsonObject) => {
    const { rows, total } = data as RestPage;
    return { success: true, data: rows, total, limit, offset, ...nextCursor(data as RestPage) };
  },
  batch: (data: unknown, _: JsonObject, names: ParameterNames) => {
    const { results, ...counts } = withoutRawJson<{ results: BatchResult[] }>(data);
    const rows = results.map((result) => toBatchRow(result, names));
    return { success: true, data: { ...counts, results: rows } };
  },
  changes: (data: unknown) => {
    const { rows, page } = data as { rows: unknown; page: NonNullable<RestPage['page']> };
    return {
      success: true,
      data: changeRows(rows),
      // Also on the last page, so that a client can ask for later changes.
      next_cursor: page.endCursor,
      has_more: page.hasNextPage,
    };
  },
  webhook: (data: unknown) => ({ success: true, data: toWebhookRow(withoutRawJson(data)) }),
  webhooks: (data: unknown, variables: JsonObject): object => {
    const { rows, ...page } = withoutRawJson<{ rows: WebhookData[]; total: number }>(data);
    return envelopes.list({ ...page, rows: rows.map(toWebhookRow) }, variables);
  },
  key: (data: unknown) => ({ success: true, data: toKeyRow(withoutRawJson(data)) }),
  keys: (data: unknown, variables: JsonObject): object => {
    const { rows, ...page } = withoutRawJson<{ rows: KeyData[]; total: number }>(data);
    return envelopes.list({ ...page, rows: rows.map(toKeyRow) }, variables);
  },
} satisfies Record<string, (data: unknown, variables: JsonObject, names: ParameterNames) => object>;

export type Envelope = keyof typeof envelopes;

/** Replaces each connection by the list of its nodes. The keys of an item's `values` are the client's own. */
function flattenConnections(data: unknown): unknown {
  if (typeof data !== 'object' || data === null || data instanceof RawJson) return data;
  return Object.fromEntries(
    Object.entries(data).map(([key, value]) => [
      key,
      value?.nodes === undefined || key === 'values' ? value : value.nodes,
    ]),
  );
}
