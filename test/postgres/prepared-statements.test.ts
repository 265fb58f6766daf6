import { expect, it } from 'vitest';
import { Prisma } from '../../src/generated/prisma/client.ts';
import { useWorld } from '../support/world.ts';

const world = useWorld();

const namedStatements = async (): Promise<number> => {
  const rows = await world.db.$queryRaw<{ count: bigint }[]>`
    SELECT count(*) FROM pg_prepared_statements /* custom plan */`;
  return Number(rows[0]?.count);
};
/** The statements of one connection: calls run one after the other, on the same one. */
const run = (text: string) => world.db.$rows(Prisma.raw(text));

it('names a statement that is used again, unless it is long', async () => {
  const before = await namedStatements();
  for (let n = 0; n < 3; n += 1) await run('SELECT 1 /* again */');
  expect(await namedStatements()).toBe(before + 1);
  for (let n = 0; n < 3; n += 1) await run(`SELECT 1 /* ${'x'.repeat(4000)} */`);
  expect(await namedStatements()).toBe(before + 1);
});

it('names at most 300 statements', async () => {
  for (let n = 0; n < 400; n += 1) {
    for (let time = 0; time < 3; time += 1) await run(`SELECT ${n}`);
  }
  expect(await namedStatements()).toBeLessThanOrEqual(300);
  expect(await namedStatements()).toBeGreaterThan(250);
});
