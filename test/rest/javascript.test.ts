import { execFile } from 'node:child_process';
import process from 'node:process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { useServer } from '../support/servers.ts';
import { useWorld } from '../support/world.ts';

const world = useWorld();
const server = useServer(world);

/** A script with the calls of the vendor's JavaScript example: filters in the query string, JSON bodies, one header for all. */
const script = `
const base = process.argv[1] + '/api/crm';
const headers = { Authorization: 'Bearer YOUR_API_KEY', 'Content-Type': 'application/json' };
const send = async (path, init = {}) => (await fetch(base + path, { headers, ...init })).json();
const list = (board, filters = {}) => send('/boards/' + board + '/items?' + new URLSearchParams(filters));
const create = (board, item) => send('/boards/' + board + '/items', { method: 'POST', body: JSON.stringify(item) });
const move = (board, id, column_name) =>
  send('/boards/' + board + '/items/' + id, { method: 'PUT', body: JSON.stringify({ column_name }) });

const lead = { title: 'New Lead', column_name: 'Lead', values: { deal_value: '25000' } };
const created = await create('board_abc123', lead);
console.log('Created item: ' + created.data.id);
const moved = await move('board_abc123', created.data.id, 'Qualified');
const all = await list('board_abc123');
const qualified = await list('board_abc123', { column_id: moved.data.column_id });
console.log(JSON.stringify({ moved, all: all.pagination, qualified: qualified.pagination, last: qualified.data.at(-1) }));
`;

it("the calls of the vendor's JavaScript example print what they promise", async () => {
  const args = ['--input-type=module', '--eval', script, server.url];
  const { stdout, stderr } = await promisify(execFile)(process.execPath, args, { timeout: 20_000 });
  expect(stderr).toBe('');
  const [created = '', rest = ''] = stdout.trim().split('\n');
  const [, id] = /^Created item: (item_\w+)$/.exec(created) ?? [];
  expect(id).toBeDefined();
  const moved = { id, column_id: 'col_002', title: 'New Lead', values: { deal_value: '25000' } };
  expect(JSON.parse(rest)).toMatchObject({
    moved: { success: true, data: moved },
    all: { total: 128, limit: 50, offset: 0 },
    qualified: { total: 36 },
    last: { id, position: 35 },
  });
});
