import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { Client as EarlierClient } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport as EarlierTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { expect, it, onTestFinished } from 'vitest';
import { demoKey } from '../../src/seed/demo.ts';
import { createBoard } from '../support/boards.ts';
import { useServer } from '../support/servers.ts';
import { useWorld } from '../support/world.ts';

const world = useWorld();
const server = useServer(world);

const info = { name: 'test', version: '1' };
const options = { requestInit: { headers: { authorization: `Bearer ${demoKey}` } } };
const url = () => new URL(`${server.url}/mcp`);

interface ToolClient {
  listTools(): Promise<{ tools: { name: string }[] }>;
  callTool(call: { name: string; arguments: Record<string, unknown> }): Promise<object>;
  close(): Promise<void>;
}

const clients: [string, () => Promise<ToolClient>][] = [
  [
    '2026-07-28',
    async () => {
      const client = new Client(info, { versionNegotiation: { mode: 'auto' } });
      await client.connect(new StreamableHTTPClientTransport(url(), options));
      expect(client.getNegotiatedProtocolVersion()).toBe('2026-07-28');
      return client as ToolClient;
    },
  ],
  [
    '2025',
    async () => {
      const client = new EarlierClient(info);
      await client.connect(new EarlierTransport(url(), options) as never);
      return client as ToolClient;
    },
  ],
];

it.each(clients)('the official client of %s lists and calls every tool', async (_, connect) => {
  const client = await connect();
  onTestFinished(() => client.close());
  const { id, items } = await createBoard(world, { One: ['A', 'B'], Two: [] });
  const board_id = id;
  const calls: Record<string, [Record<string, unknown>, object]> = {
    list_boards: [{ limit: 1 }, { boards: [{ name: 'Sales Pipeline' }] }],
    describe_board: [{ board_id }, { columns: [{ name: 'One' }, { name: 'Two' }] }],
    find_items: [{ board_id, query: 'A' }, { items: [{ title: 'A' }] }],
    get_item: [{ item_id: items.A }, { item: { title: 'A' } }],
    group_items: [{ board_id, by: 'column' }, { groups: [{ count: 2 }, { count: 0 }] }],
    get_changes: [{ board_id, item_id: items.A }, { changes: [{ action: 'CREATED' }] }],
    create_items: [
      { board_id, items: [{ title: 'C' }] },
      { created: 1, failed: 0 },
    ],
    update_items: [{ board_id, items: [{ id: items.A, labels: ['x'] }] }, { updated: 1 }],
    move_items: [{ board_id, item_ids: [items.A], column_name: 'Two' }, { moved: 1 }],
    delete_items: [{ board_id, item_ids: [items.A] }, { deleted: 1 }],
  };
  const { tools } = await client.listTools();
  expect(tools.map(({ name }) => name)).toEqual(Object.keys(calls));
  for (const [name, [args, expected]] of Object.entries(calls)) {
    const { structuredContent, content } = (await client.callTool({ name, arguments: args })) as {
      structuredContent?: object;
      content: { text: string }[];
    };
    expect(structuredContent, content[0]?.text).toMatchObject(expected);
  }
});
