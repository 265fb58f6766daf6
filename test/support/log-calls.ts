import { expect } from 'vitest';
import type { Call } from './board-calls.ts';
import type { TestBoard } from './boards.ts';
import type { AppClient } from './world.ts';

/** Reads of the logs of a board, of contacts and of the workspace: after a change, from now, and after the end. */
export async function logCallsOn(
  { rest }: AppClient,
  key: string,
  { id }: TestBoard,
): Promise<Record<string, Call>> {
  const headers = { authorization: `Bearer ${key}` };
  const cursorOf = async (path: string): Promise<string> => {
    const { status, body } = await rest('GET', path, { headers });
    expect(status).toBe(200);
    return (body as typeof body & { next_cursor: string }).next_cursor;
  };
  const calls: Record<string, Call> = {};
  for (const path of [`/boards/${id}/changes`, '/contacts/changes', '/changes']) {
    const [middle, end] = [await cursorOf(`${path}?limit=1`), await cursorOf(`${path}?after=now`)];
    calls[`${path} after a change`] = { rest: `GET ${path}?after=${middle}` };
    calls[`${path} from now`] = { rest: `GET ${path}?after=now` };
    calls[`${path} after the end`] = { rest: `GET ${path}?after=${end}&wait=0` };
  }
  return calls;
}
