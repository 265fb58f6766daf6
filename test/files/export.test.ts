import { parse } from 'csv-parse/sync';
import { describe, expect, it } from 'vitest';
import { createBoard, mutateOk } from '../support/boards.ts';
import { expectRestError } from '../support/expectations.ts';
import { exportFile, exportText } from '../support/files.ts';
import { createKey, useWorld } from '../support/world.ts';

const world = useWorld();
const sales = 'board_abc123';

/** A board with items of these values. */
async function boardOf(values: readonly object[], batch = 500): Promise<string> {
  const { id } = await createBoard(world, { One: [], Two: [] });
  for (let n = 0; n < values.length; n += batch) {
    const items = values.slice(n, n + batch).map((value, at) => ({
      title: `Item ${n + at}`,
      columnName: at % 2 === 0 ? 'One' : 'Two',
      values: value,
    }));
    await mutateOk(world, 'createItems', { boardId: id, items }, 'createdCount');
  }
  return id;
}

describe('NDJSON', () => {
  it('has the board first, every item as REST returns it, and an end', async () => {
    const file = await exportFile(world, sales);
    const { body } = await world.rest('GET', `/boards/${sales}/items/item_001`);
    const { column_name, ...first } = file.items[0] ?? {};
    expect(first).toEqual(body.data);
    expect(column_name).toBe('Lead');
    expect(file.board).toMatchObject({ id: sales, name: 'Sales Pipeline' });
    expect(file.end).toEqual({ items: 127, revision: file.revision });
    expect(new Set(file.items.map(({ id }) => id)).size).toBe(127);
  });

  it('begins with the cursor after which the log goes on', async () => {
    const { changes_after } = await exportFile(world, sales);
    const path = `/boards/${sales}/changes?after=${changes_after}`;
    expect((await world.rest('GET', path)).body.data).toEqual([]);
    const change = { method: 'PUT', body: { labels: ['after'] } };
    await world.rest(change.method, `/boards/${sales}/items/item_002`, change);
    const { body } = await world.rest<unknown[]>('GET', path);
    expect(body.data).toMatchObject([{ id: 'item_002', action: 'updated' }]);
  });

  it('has the items of all pages once, in the order of the board or of a key', async () => {
    const id = await boardOf(Array.from({ length: 1103 }, (_, n) => ({ n: (n * 7) % 1103 })));
    const { items } = await exportFile(world, id);
    const column = (name: string) => items.filter(({ column_name }) => column_name === name);
    expect(items).toEqual([...column('One'), ...column('Two')]);
    const positions = column('Two').map(({ position }) => position as number);
    expect(positions).toEqual(positions.toSorted((a, b) => a - b));
    const sorted = await exportFile(world, id, 'sort_by=values.n&sort_order=desc');
    const numbers = sorted.items.map(({ values }) => (values as { n: number }).n);
    expect(numbers).toEqual(Array.from({ length: 1103 }, (_, n) => 1102 - n));
  });

  it('reads smaller pages where items are large', async () => {
    const text = 'x'.repeat(60_000);
    const id = await boardOf(
      Array.from({ length: 150 }, (_, n) => ({ n, text })),
      15,
    );
    const { items, end } = await exportFile(world, id);
    expect(end.items).toBe(150);
    expect(new Set(items.map(({ title }) => title)).size).toBe(150);
  });

  it('is limited to a column and a search', async () => {
    const { items } = await exportFile(world, sales, 'column_id=col_005&search=renewal');
    const { body } = await world.rest<{ id: string }[]>(
      'GET',
      `/boards/${sales}/items?column_id=col_005&search=renewal`,
    );
    expect(items.map(({ id }) => id)).toEqual(body.data.map(({ id }) => id));
  });
});

describe('CSV', () => {
  it('has a column for every key, and cells that any parser reads', async () => {
    const id = await boardOf([
      { text: 'a;b,"c"\nd', list: [1, 2] },
      { no: false, 'a key, "quoted"': 'ü€' },
    ]);
    const [first, second] = parse(await exportText(world, id), { columns: true }) as Record<
      string,
      string
    >[];
    expect(first).toMatchObject({
      title: 'Item 0',
      column_name: 'One',
      labels: '',
      'values.text': 'a;b,"c"\nd',
      'values.list': '[1,2]',
      'values.no': '',
    });
    expect(second).toMatchObject({ 'values.no': 'false', 'values.a key, "quoted"': 'ü€' });
  });

  it.each(['\n', '\r', '\r\n'])('quotes a text with the line break %j', async (lineBreak) => {
    const id = await boardOf([{ text: `a${lineBreak}b` }]);
    expect(await exportText(world, id)).toContain(`"a${lineBreak}b"`);
  });

  it('has a column for every field of an item, apart from those that CSV has no place for', async () => {
    const [header = ''] = (await exportText(world, sales)).split('\r\n');
    const [item = {}] = (await exportFile(world, sales)).items;
    const other = ['board_id', 'column_id', 'values', 'contact', 'conversation_ids', 'created_by'];
    const fields = Object.keys(item).filter((name) => !other.includes(name));
    const columns = header.split(',').filter((name) => !/^(values\.|contact_)/.test(name));
    expect(columns.sort()).toEqual(fields.sort());
  });

  it('is for spreadsheets with a mark, another delimiter and escaped formulas', async () => {
    const id = await boardOf([{ text: '=1+1', plain: 'a' }]);
    const text = await exportText(world, id, 'bom=true&delimiter=;&escape_formulas=true');
    expect(text.startsWith('\ufeffid;title;')).toBe(true);
    expect(text).toContain("a;'=1+1\r\n");
  });

  it('is a download with the name of the board', async () => {
    const { headers } = await world.rest('GET', `/boards/${sales}/export`);
    expect(headers.get('content-type')).toBe('text/csv; charset=utf-8; header=present');
    expect(headers.get('content-disposition')).toBe(
      "attachment; filename*=UTF-8''Sales%20Pipeline.csv",
    );
    expect(Number(headers.get('board-revision'))).toBeGreaterThan(0);
  });

  it('has no half of a character in its name', async () => {
    const name = `a${'𠮷'.repeat(120)}`;
    const input = { input: { name, columns: [{ name: 'One' }] } };
    const { data } = await world.graphql<{ createBoard: { board: { id: string } } }>(
      'mutation ($input: CreateBoardInput!) { createBoard(input: $input) { board { id } } }',
      input,
    );
    const { headers } = await world.rest('GET', `/boards/${data.createBoard.board.id}/export`);
    expect(headers.get('content-disposition')).toBe(
      `attachment; filename*=UTF-8''${encodeURIComponent([...name].slice(0, 100).join(''))}.csv`,
    );
  });
});

it.each([
  ['board_never/export', 404, 'BOARD_NOT_FOUND'],
  ['board_abc123/export?column_id=col_never', 404, 'COLUMN_NOT_FOUND'],
  ['board_abc123/export?format=xlsx', 400, 'VALIDATION_ERROR'],
  ['board_abc123/export?delimiter=ab', 400, 'VALIDATION_ERROR'],
  ['board_abc123/export?delimiter=%22', 400, 'VALIDATION_ERROR'],
  ['board_abc123/export?delimiter=%0A', 400, 'VALIDATION_ERROR'],
  ['board_abc123/export?cursor=x', 400, 'VALIDATION_ERROR'],
  ['board_abc123/export?limit=5', 400, 'VALIDATION_ERROR'],
])('refuses %s before it begins', async (path, status, code) => {
  expectRestError(await world.rest('GET', `/boards/${path}`), status, code);
});

it('does not export a board of another workspace', async () => {
  const { key } = await createKey(world, { inOtherWorkspace: true });
  const headers = { authorization: `Bearer ${key}` };
  const reply = await world.rest('GET', `/boards/${sales}/export`, { headers });
  expectRestError(reply, 404, 'BOARD_NOT_FOUND');
});

it('lists the keys of values with the types that are stored', async () => {
  const id = await boardOf([
    { a: 1, b: 'text', c: '2025-01-01' },
    { a: '2', b: [1] },
  ]);
  const query =
    'query ($id: ID!, $first: Int) { board(id: $id) { valueKeys(first: $first) { key types } } }';
  const all = [
    { key: 'a', types: ['NUMBER'] },
    { key: 'b', types: ['OTHER', 'TEXT'] },
    { key: 'c', types: ['DATE'] },
  ];
  const { data } = await world.graphql(query, { id });
  expect(data).toEqual({ board: { valueKeys: all } });
  const { data: two } = await world.graphql(query, { id, first: 2 });
  expect(two).toEqual({ board: { valueKeys: all.slice(0, 2) } });
});
