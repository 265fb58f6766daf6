import { statusOf } from '../errors.ts';
import type { Fault } from '../fault.ts';

/** A page as every list operation names it. */
interface Page {
  rows: readonly unknown[];
  total: number;
  /** Where the list goes on, if it can be followed by cursor. */
  page?: { hasNextPage: boolean; endCursor: string | null };
}

/** The cursor of the next page; null on the last one. */
const next = ({ page }: Page) => page && { next_cursor: page.hasNextPage ? page.endCursor : null };

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
} satisfies Record<string, (data: unknown, variables: Variables) => object>;

export type Envelope = keyof typeof envelopes;

/** The body of every error. */
export const errorBody = ({ code, message, details }: Fault) => ({
  success: false,
  status_code: statusOf(code),
  error: { code, message, ...(details.length > 0 && { details }) },
});
