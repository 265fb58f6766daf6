import { type ErrorContext, statusOf } from '../errors.ts';
import type { ErrorPayload } from '../mask-error.ts';
import { stringify } from '../raw-json.ts';

/** A page as every list operation names it. */
interface Page {
  rows: readonly unknown[];
  total: number;
  /** Where the list goes on, if it can be followed by cursor. */
  page?: { hasNextPage: boolean; endCursor: string | null };
}

/** The cursor of the next page; null on the last one. */
const next = ({ page }: Page) => page && { next_cursor: page.hasNextPage ? page.endCursor : null };

interface Result {
  action: string;
  error: ErrorPayload | null;
}

interface Change {
  subject: string;
  action: string;
  fields: { field: string }[];
}

/** A field of the schema as the wire calls it; the keys of values are the caller's own. */
export function wireName(name: string): string {
  const [path = '', ...key] = name.split(/(?<=(?:^|\.)values)(?=\.)/);
  return path.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`) + key.join('');
}

const onTheWire = ({ action, error, ...result }: Result): object => ({
  ...result,
  action: action.toLowerCase(),
  error: error && {
    code: error.code,
    message: error.message,
    ...contextOnTheWire(error.context ?? {}),
    details: error.details.map(({ field, message }) => ({ field: wireName(field), message })),
  },
});

type Variables = Readonly<Record<string, unknown>>;

/** The documented shapes of a reply, by name: from an operation's `data` and its variables to the body. */
export const envelopes = {
  object: (data: unknown) => ({ success: true, data }),
  list: (data: unknown, { limit, offset }: Variables) => {
    const { rows, total } = data as Page;
    return {
      success: true,
      data: rows,
      pagination: { total, limit, offset },
      ...next(data as Page),
    };
  },
  search: (data: unknown, { limit, offset }: Variables) => {
    const { rows, total } = data as Page;
    return { success: true, data: rows, total, limit, offset, ...next(data as Page) };
  },
  batch: (data: unknown) => {
    const { results, ...counts } = data as { results: Result[] };
    return { success: true, data: { ...counts, results: results.map(onTheWire) } };
  },
  changes: (data: unknown, { after }: Variables) => {
    const { rows, page } = data as { rows: unknown; page: NonNullable<Page['page']> };
    // A query's lists come as text; these are to be told in other words.
    const changes: Change[] = JSON.parse(stringify(rows));
    return {
      success: true,
      data: changes.map(({ subject, action, fields, ...row }) => ({
        ...row,
        subject: subject.toLowerCase(),
        action: action.toLowerCase(),
        fields: fields.map((field) => ({ ...field, field: wireName(field.field) })),
      })),
      // Also at the end of the log: to go on from there later.
      next_cursor: page.endCursor ?? after ?? null,
      has_more: page.hasNextPage,
    };
  },
} satisfies Record<string, (data: unknown, variables: Variables) => object>;

export type Envelope = keyof typeof envelopes;

/** The body of every error. */
export const errorBody = ({ code, message, details, context = {} }: ErrorPayload) => ({
  success: false,
  status_code: statusOf(code),
  error: { code, message, ...(details.length > 0 && { details }), ...contextOnTheWire(context) },
});

/** What an error brings along, in the names of the wire: an item as Get shows it, and names of fields. */
const contextOnTheWire = (context: ErrorContext): object =>
  Object.fromEntries(
    Object.entries(context).map(([name, value]) => [
      wireName(name),
      Array.isArray(value)
        ? value.map((field) => wireName(String(field)))
        : Object.fromEntries(
            Object.entries(value as object).map(([key, value]) => [wireName(key), value]),
          ),
    ]),
  );
