import * as fs from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import fc from 'fast-check';
import { afterEach, beforeAll, expect, it } from 'vitest';
import { peakMemoryOf, resetPeakMemory, servingProcesses } from '../hostile/processes.ts';
import { seed } from '../support/chaos-settings.ts';
import { clientAt } from '../support/client.ts';
import { outputOf, runCommand } from '../support/file-commands.ts';
import { cleanUp, newFolder } from '../support/folders.ts';
import { build, start } from '../support/program.ts';

/** Rows of the file. The time and the memory are checked for 100,000. */
const count = Number(process.env.ROWS ?? 20_000);
const mebi = 1024 * 1024;

beforeAll(build);
afterEach(cleanUp);

const isBad = (n: number): boolean => n % 100 === 37;

/** The encodings of German spreadsheets: that of older ones, and UTF-8 with a byte order mark. */
const encoders = {
  'windows-1252': (text: string) => Buffer.from(text.replaceAll('€', '\u0080'), 'latin1'),
  'UTF-8 with a BOM': (text: string) => Buffer.from(`\ufeff${text}`),
};

/** A German CSV file: semicolons, quotes, umlauts, lines in cells, and 1% bad rows. */
function writeFile(path: string, encode: (text: string) => Buffer): void {
  const stages = ['Lead', 'Qualified', 'Proposal', 'Negotiation', 'Closed Won'];
  const lines = ['Deal;Phase;Wert (€);Telefon;Notiz'];
  for (let n = 0; n < count; n += 1) {
    const stage = isBad(n) ? 'Nirgends' : stages[n % 5];
    lines.push(`"Müller ""${n}""";${stage};${n},50;+49 30 ${1e6 + n};"Größe;\nStraße ${n}"`);
  }
  fs.writeFileSync(path, encode(`${lines.join('\r\n')}\r\n`));
}

/** The titles of all items of the board, from an export. */
async function exportedTitles(
  { url, folder }: { url: string; folder: string },
  boardId: string,
): Promise<string[]> {
  const args = ['--board', boardId, '--format', 'ndjson', '--out', 'all.ndjson'];
  await outputOf(runCommand({ url, folder }, 'export', args));
  const lines = fs.readFileSync(join(folder, 'all.ndjson'), 'utf8').trimEnd().split('\n');
  return lines.slice(1, -1).map((line) => JSON.parse(line).item.title);
}

it.each(Object.entries(encoders))(
  `imports ${count} rows of %s once, though the import is killed at random moments`,
  {
    timeout: 600_000,
  },
  async (_, encode) => {
    const folder = newFolder();
    const server = await start({ folder, env: { RATE_LIMIT: '1000000' } });
    writeFile(join(folder, 'deals.csv'), encode);
    const { graphql } = clientAt(server.url);
    const names = ['Lead', 'Qualified', 'Proposal', 'Negotiation', 'Closed Won'];
    const { data } = await graphql<{ createBoard: { board: { id: string } } }>(
      'mutation ($columns: [NewColumnInput!]) { createBoard(input: { name: "Deals", columns: $columns }) { board { id } } }',
      { columns: names.map((name) => ({ name })) },
    );
    const workers = servingProcesses(server.pid);
    resetPeakMemory(workers);
    const before = peakMemoryOf(workers);

    const boardId = data.createBoard.board.id;
    const args = ['deals.csv', '--board', boardId, '--map', 'Telefon=values.phone'];
    const begun = performance.now();
    for (const delay of fc.sample(fc.integer({ min: 1000, max: 6000 }), { seed, numRuns: 2 })) {
      const program = runCommand({ url: server.url, folder }, 'import', args);
      await Promise.race([program.ended, new Promise((resolve) => setTimeout(resolve, delay))]);
      program.send('SIGKILL');
      await program.ended;
    }
    const output = await outputOf(
      runCommand({ url: server.url, folder }, 'import', args),
      'The rejected rows, with line and reason: deals.rejected.csv',
    );
    const seconds = (performance.now() - begun) / 1000;
    const grown = (peakMemoryOf(workers) - before) / mebi;
    const rejected = Math.ceil((count - 37) / 100);
    expect(output).toContain(
      `${count} rows: ${count - rejected} created, 0 updated, 0 unchanged, ${rejected} rejected.`,
    );

    const exporting = performance.now();
    const titles = await exportedTitles({ url: server.url, folder }, boardId);
    const exported = (performance.now() - exporting) / 1000;
    const good = Array.from({ length: count }, (_, n) => n).filter((n) => !isBad(n));
    expect(titles.toSorted()).toEqual(good.map((n) => `Müller "${n}"`).toSorted());
    const lines = fs.readFileSync(join(folder, 'deals.rejected.csv'), 'utf8');
    expect(lines.match(/Nirgends/g)).toHaveLength(rejected * 2);
    const grownByExport = (peakMemoryOf(workers) - before) / mebi;
    process.stdout.write(
      `${count} rows in ${seconds.toFixed(1)} s, worker's memory +${grown.toFixed(0)} MiB; exported in ${exported.toFixed(1)} s, +${grownByExport.toFixed(0)} MiB\n`,
    );
    expect(grownByExport).toBeLessThan(80);
    if (count >= 100_000) expect(seconds).toBeLessThan(60);
  },
);
