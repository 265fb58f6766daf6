import { expect } from 'vitest';
import type { RestCall, RestReply, World } from './world.ts';

/** What an import reports. */
export interface ImportReport {
  rows: number;
  created: number;
  updated: number;
  unchanged: number;
  failed: number;
  errors: { line: number; code: string; message: string }[];
  mapping: Record<string, string[]>;
}

/** The board, the items and the end of an export. */
export interface ExportFile {
  board: { id: string; name: string };
  revision: number;
  changes_after: string | null;
  items: Record<string, unknown>[];
  end: { items: number; revision: number };
}

/** Exports a board; `query` are parameters. */
export async function exportText(world: World, boardId: string, query = ''): Promise<string> {
  const { status, body } = await world.rest('GET', `/boards/${boardId}/export?${query}`);
  expect(status, JSON.stringify(body)).toBe(200);
  return body.data as unknown as string;
}

export async function exportFile(world: World, boardId: string, query = ''): Promise<ExportFile> {
  const text = await exportText(world, boardId, `format=ndjson&${query}`);
  const lines = text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  const items = lines.slice(1, -1).map(({ item }) => item);
  return { ...lines[0], items, end: lines.at(-1).end };
}

export interface ImportCall {
  /** The URL's parameters. */
  query?: string;
  type?: string;
  headers?: Record<string, string>;
}

/** Imports a file into a board. */
export function importFile(
  world: World,
  boardId: string,
  { query = '', type = 'text/csv', headers = {}, text }: ImportCall & { text: string | Buffer },
): Promise<RestReply<ImportReport>> {
  const call = { body: text, headers: { 'content-type': type, ...headers } } as RestCall;
  return world.rest<ImportReport>('POST', `/boards/${boardId}/import?${query}`, call);
}

/**
 * An item as both an export and its copy have it: without ids, times and authors, and without the values that are null, which
 * no write can store.
 */
export function contentOf(item: Record<string, unknown>): object {
  const { column_name, title, position, values, labels, contact } = item;
  const { id: _, ...person } = (contact ?? {}) as Record<string, unknown>;
  const present = Object.entries(values ?? {}).filter(([, value]) => value !== null);
  return { column_name, title, position, values: Object.fromEntries(present), labels, person };
}
