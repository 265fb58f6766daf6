import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { expect, it, onTestFinished, vi } from 'vitest';
import { createBoard, mutateOk } from '../support/boards.ts';
import { project } from '../support/platform.ts';
import { freePort } from '../support/proxy.ts';
import { encryptionKey, useWorld } from '../support/world.ts';

const world = useWorld();

/** The receiver in the documentation. */
function receiverCode(): string {
  const text = readFileSync(join(project, 'docs/webhooks.md'), 'utf8');
  return /```js\n([\s\S]*?)```/.exec(text)?.[1] ?? '';
}

it('the receiver in the documentation verifies and prints the changes', async () => {
  const webhooks = { encryptionKey, allowsPrivate: true, pollInterval: 20 };
  const { app, rest } = world.withOptions({ webhooks });
  onTestFinished(() => app.close());
  const board = await createBoard(world, { A: ['a'] });
  const port = await freePort();
  const { body } = await rest<{ secret: string }>('POST', '/webhooks', {
    body: { url: `http://127.0.0.1:${port}/`, board_ids: [board.id] },
  });
  const receiver = spawn(process.execPath, ['--input-type=module', '-e', receiverCode()], {
    cwd: project,
    env: { WEBHOOK_SECRET: body.data.secret, PORT: `${port}` },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void receiver.kill());
  let printed = '';
  receiver.stdout.on('data', (text) => {
    printed += text;
  });
  const post = () => fetch(`http://127.0.0.1:${port}/`, { method: 'POST', body: '{}' });
  await vi.waitFor(async () => expect((await post()).status).toBe(401), { timeout: 10_000 });
  app.deliverWebhooks();
  await mutateOk(world, 'updateItem', { id: board.items.a, title: 'a1' }, 'item { id }');
  const line = `${board.id} updated ${board.items.a}\n`;
  await vi.waitFor(() => expect(printed).toBe(line), { timeout: 10_000 });
});
