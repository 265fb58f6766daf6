import * as fs from 'node:fs';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { newKey } from '../../src/auth/api-keys.ts';
import { createBoard } from '../support/boards.ts';
import { killAfter, outputOf, runCommand } from '../support/file-commands.ts';
import { contentOf, exportFile } from '../support/files.ts';
import { cleanUp, newFolder } from '../support/folders.ts';
import { build, launch } from '../support/program.ts';
import { useServer } from '../support/servers.ts';
import { useWorld } from '../support/world.ts';

const world = useWorld();
const server = useServer(world);

beforeAll(build);
afterEach(cleanUp);

const run = (script: 'import' | 'export', folder: string, ...args: string[]) =>
  runCommand({ url: server.url, folder }, script, args);

describe('a file', () => {
  const count = 5000;

  /** CSV in windows-1252 with semicolons, quotes and 1% bad rows. */
  function writeFile(folder: string): void {
    const lines = Array.from({ length: count }, (_, n) => {
      const stage = n % 100 === 37 ? 'Nirgends' : 'Lead';
      return `"Müller ""${n}""\nSöhne";${stage};${n},50;+49 30 ${1_000_000 + n};`;
    });
    const text = ['Deal;Phase;Größe;Telefon;', ...lines].join('\r\n');
    fs.writeFileSync(join(folder, 'deals.csv'), Buffer.from(text, 'latin1'));
  }

  it('is imported once, with its bad rows in a file, though the import is killed twice', async () => {
    const folder = newFolder();
    writeFile(folder);
    const { id } = await createBoard(world, { Lead: [] });
    const args = ['deals.csv', '--board', id, '--map', 'Telefon=values.phone'];
    await killAfter(3, folder, run('import', folder, ...args));
    await killAfter(7, folder, run('import', folder, ...args));
    const rejection = 'The rejected rows, with line and reason: deals.rejected.csv';
    const output = await outputOf(run('import', folder, ...args), rejection);
    expect(output).toMatch(/^ {2}Größe {2,}-> {2}values\.größe {2,}0,50$/m);
    expect(output).toMatch(/^Going on after \d+ rows\.$/m);
    expect(output).toContain('5000 rows: 4950 created, 0 updated, 0 unchanged, 50 rejected.');

    const { items } = await exportFile(world, id);
    const good = Array.from({ length: count }, (_, n) => n).filter((n) => n % 100 !== 37);
    expect(items.map(({ title }) => title)).toEqual(good.map((n) => `Müller "${n}"\nSöhne`));
    expect(items[0]).toMatchObject({ values: { größe: '0,50', phone: '+49 30 1000000' } });
    const rejected = parse(fs.readFileSync(join(folder, 'deals.rejected.csv')), {
      bom: true,
      delimiter: ';',
      columns: true,
    }) as Record<string, string>[];
    expect(rejected).toHaveLength(50);
    expect(rejected[1]).toMatchObject({
      Deal: 'Müller "137"\nSöhne',
      line: '276',
      reason: "Column with name 'Nirgends' not found in board",
    });
    expect(await outputOf(run('import', folder, ...args), rejection)).toContain(
      'Imported before: 5000 rows',
    );
  });

  it('is corrected in the file of rejected rows, and imported from there', async () => {
    const folder = newFolder();
    const { id } = await createBoard(world, { Lead: [] });
    fs.writeFileSync(
      join(folder, 'a.csv'),
      Buffer.from('title,column\nOne,Lead\nZwölf,Leed\n', 'latin1'),
    );
    const path = join(folder, 'a.rejected.csv');
    await outputOf(
      run('import', folder, 'a.csv', '--board', id, '--encoding', 'windows-1252'),
      'The rejected rows, with line and reason: a.rejected.csv',
    );
    const rejected = fs.readFileSync(path, 'utf8');
    expect(rejected).toMatch(/^\ufefftitle,column,line,reason\nZwölf,Leed,3,/);
    fs.writeFileSync(path, rejected.replace('Leed,', 'Laed,'));
    await outputOf(
      run('import', folder, 'a.rejected.csv', '--board', id),
      'The rejected rows, with line and reason: a.rejected.rejected.csv',
    );
    const again = fs.readFileSync(join(folder, 'a.rejected.rejected.csv'), 'utf8');
    expect(again).toMatch(/^\ufefftitle,column,line,reason\nZwölf,Laed,2,Column/);
    fs.writeFileSync(path, rejected.replace('Leed,', 'Lead,'));
    expect(
      await outputOf(
        run('import', folder, 'a.rejected.csv', '--board', id, '--encoding', 'windows-1252'),
      ),
    ).toContain('1 created');
    const { items } = await exportFile(world, id);
    expect(items.map(({ title }) => title)).toEqual(['One', 'Zwölf']);
  });

  it('has a new file of rejected rows where an earlier import has left one', async () => {
    const folder = newFolder();
    const { id } = await createBoard(world, { Lead: [] });
    fs.writeFileSync(join(folder, 'a.csv'), 'title,column\nOne,Leed\n');
    fs.writeFileSync(join(folder, 'a.rejected.csv'), 'half corrected');
    const again = () =>
      outputOf(
        run('import', folder, 'a.csv', '--board', id),
        'The rejected rows, with line and reason: a.rejected-2.csv',
      );
    expect(await again()).toContain('\n1 row: 0 created');
    expect(await again()).toContain('Imported before: 1 row:');
    expect(fs.readFileSync(join(folder, 'a.rejected.csv'), 'utf8')).toBe('half corrected');
    expect(fs.readFileSync(join(folder, 'a.rejected-2.csv'), 'utf8')).toContain('One,Leed,2,');
  });

  it('is only shown in a dry run', async () => {
    const folder = newFolder();
    const { id } = await createBoard(world, { Lead: [] });
    fs.writeFileSync(join(folder, 'a.csv'), 'title,column\nOne,Lead\nTwo,Leed\n');
    const output = await outputOf(
      run('import', folder, 'a.csv', '--board', id, '--dry-run'),
      'Rows that would be rejected: 1.',
    );
    expect(output).toContain("line 3: Column with name 'Leed' not found in board");
    expect(output).toContain('Dry run: 2 rows: 1 created, 0 updated, 0 unchanged, 1 rejected.');
    expect(fs.readdirSync(folder)).toEqual(['a.csv']);
    expect((await exportFile(world, id)).items).toEqual([]);
  });

  it('is shown with what its numbers, dates and ids seem to be', async () => {
    const folder = newFolder();
    const { id } = await createBoard(world, { Lead: [] });
    const rows = ['1.234,50;31.12.2025;1.5', '12.000;1.2.2025;2', '2,5;;', '-3,5 ;;', 'viel;;'];
    fs.writeFileSync(
      join(folder, 'a.csv'),
      `id;title;Umsatz (€);Ende;Point\n${rows.map((row, n) => `${n};T;${row}`).join('\n')}\n`,
    );
    const args = ['a.csv', '--board', id, '--dry-run'];
    const output = await outputOf(run('import', folder, ...args));
    for (const line of [
      'Umsatz (€): 4 of 5 look like numbers with a decimal comma: add --decimal ,',
      'Ende: 2 of 2 look like dates: add --dates DD.MM.YYYY',
      'id: every row creates an item. To update the items of an export, add --match id',
    ])
      expect(output).toContain(`${line}\n`);
    expect(output).not.toContain('Point:');
    const formats = ['--decimal', ',', '--dates', 'DD.MM.YYYY'];
    const formatted = await outputOf(run('import', folder, ...args, ...formats));
    expect(formatted).not.toContain('look like');
    expect(output).toMatch(/-> {2}values\.umsatz +1\.234,50$/m);
    expect(formatted).toMatch(/-> {2}values\.umsatz +1234\.50$/m);
    expect(formatted).toMatch(/-> {2}values\.ende +2025-12-31$/m);
  });

  it('is shown with a hint where its contacts have names only', async () => {
    const folder = newFolder();
    const { id } = await createBoard(world, { Lead: [] });
    fs.writeFileSync(join(folder, 'a.csv'), 'Deal,Contact\nOne,Ann\n');
    fs.writeFileSync(join(folder, 'b.csv'), 'Deal,Contact,E-Mail\nOne,Ann,ann@x.io\n');
    const outputs = ['a.csv', 'b.csv'].map((file) =>
      outputOf(run('import', folder, file, '--board', id, '--dry-run')),
    );
    const hint = 'Contact: a name alone links no contact.';
    const [without, withAddress] = await Promise.all(outputs);
    expect(without).toContain(hint);
    expect(withAddress).not.toContain(hint);
  });

  it('creates its board with the columns that it names, once', async () => {
    const folder = newFolder();
    const text = 'Name;Stage\nOne;Neu\nTwo; aktiv\nThree;neu\nFour;\nFive;Aktiv\n';
    fs.writeFileSync(join(folder, 'a.csv'), text);
    fs.writeFileSync(join(folder, 'b.csv'), 'Name\nSix\n');
    const importInto = (file: string, board: string) =>
      outputOf(run('import', folder, file, '--board', board, '--create-board'));
    expect(await importInto('a.csv', 'Kunden')).toContain('with the columns Neu, aktiv\n');
    const second = await importInto('b.csv', 'kunden');
    expect(second).not.toContain('Created');
    expect(await importInto('b.csv', ' Andere ')).toContain('with the columns New\n');
    const { body } = await world.rest<{ id: string; name: string }[]>('GET', '/boards?limit=500');
    const [board, another] = body.data.filter(({ name }) => name.toLowerCase() === 'kunden');
    expect(another).toBeUndefined();
    const { items } = await exportFile(world, board?.id ?? '');
    expect(items.map(({ title, column_name }) => `${title} ${column_name}`)).toEqual([
      ...['One Neu', 'Three Neu', 'Four Neu', 'Six Neu'],
      ...['Two aktiv', 'Five aktiv'],
    ]);
  });

  it('of an export updates what was edited, and rejects rows whose items others have changed', async () => {
    const folder = newFolder();
    const { id, items } = await createBoard(world, { Lead: ['One', 'Two', 'Three'] });
    await outputOf(run('export', folder, '--board', id, '--out', 'a.csv'));
    const path = `/boards/${id}/items/${items.One}`;
    await world.rest('PUT', path, { body: { title: 'Renamed' } });
    const file = join(folder, 'a.csv');
    fs.writeFileSync(file, fs.readFileSync(file, 'utf8').replace(',Two,', ',Edited,'));
    const args = ['a.csv', '--board', id, '--match', 'id'];
    const output = await outputOf(
      run('import', folder, ...args),
      'The rejected rows, with line and reason: a.rejected.csv',
    );
    expect(output).toContain('3 rows: 0 created, 1 updated, 1 unchanged, 1 rejected.');
    const rejected = fs.readFileSync(join(folder, 'a.rejected.csv'), 'utf8');
    expect(rejected).toMatch(/,One,.*,2,The item has changed meanwhile: it is at version 2\./);
    expect(
      await outputOf(run('import', folder, ...args, '--map', 'version=', '--dry-run')),
    ).toContain('Dry run: 3 rows: 0 created, 1 updated, 2 unchanged, 0 rejected.');
    const titles = (await exportFile(world, id)).items.map(({ title }) => title);
    expect(titles).toEqual(['Renamed', 'Edited', 'Three']);
  });

  it('is exported to where it can be imported from', async () => {
    const folder = newFolder();
    await outputOf(run('export', folder, '--board', 'Sales Pipeline', '--format', 'ndjson'));
    expect(fs.readdirSync(folder)).toEqual(['Sales Pipeline.ndjson']);
    const exportAgain = (...args: string[]) =>
      run('export', folder, '--board', 'Sales Pipeline', '--format', 'ndjson', ...args);
    fs.appendFileSync(join(folder, 'Sales Pipeline.ndjson'), 'note');
    const refused = {
      how: 'exit code 1',
      stderr: 'Sales Pipeline.ndjson exists. --force replaces it.\n',
    };
    expect(await exportAgain().ended).toMatchObject(refused);
    expect(fs.readFileSync(join(folder, 'Sales Pipeline.ndjson'), 'utf8')).toMatch(/note$/);
    await outputOf(exportAgain('--force'));
    const source = await exportFile(world, 'board_abc123');
    const names = ['Lead', 'Qualified', 'Proposal', 'Negotiation', 'Closed Won'];
    const { id } = await createBoard(world, Object.fromEntries(names.map((name) => [name, []])));
    await outputOf(run('import', folder, 'Sales Pipeline.ndjson', '--board', id));
    const copy = await exportFile(world, id);
    expect(copy.items.map(contentOf)).toEqual(source.items.map(contentOf));
  });
});

it.each([
  [['none.csv', '--board', 'board_abc123'], 'There is no file none.csv.'],
  [['a.csv'], 'Name a board with --board. The boards are:'],
  [['a.csv', '--board', 'Nowhere'], "There is no board 'Nowhere'"],
  [['a.csv', '--board', 'Nowhere'], 'add --create-board. The boards are:\n  board_'],
  [
    ['a.csv', '--board', 'Nowhere', '--map', 'b=title', '--create-board', '--dry-run'],
    "A dry run does not create the board 'Nowhere' with the columns New",
  ],
  [['a.csv', '--board', 'board_abc123', '--map', 'x=title'], "map names 'x'; the columns are a, b"],
  [['a.csv', '--board', 'board_abc123'], "Name the column of the title, like --map 'a=title'."],
  [['--from', 'http://127.0.0.1:9'], 'Name a key of that server with --key.'],
  [['--nope'], "Unknown option '--nope'"],
])('says what is wrong with import %s', async (args, message) => {
  const folder = newFolder();
  fs.writeFileSync(join(folder, 'a.csv'), 'a,b\n1,2\n');
  const { how, stderr } = await run('import', folder, ...args).ended;
  expect({ how, stderr }).toEqual({ how: 'exit code 1', stderr: expect.stringContaining(message) });
});

describe('a server that is not there', () => {
  it.each<[string, Record<string, string>, string[], string]>([
    [
      'of the settings',
      { PORT: '2' },
      [],
      'http://127.0.0.1:2 cannot be reached: connect ECONNREFUSED 127.0.0.1:2. Start the server with npm start',
    ],
    ['of --to', {}, ['--to', 'http://127.0.0.1:2'], 'Compare --to with the URL'],
    [
      'of a variable',
      { ITEMS_GATEWAY_URL: 'http://127.0.0.1:2' },
      [],
      'Compare ITEMS_GATEWAY_URL with the URL',
    ],
  ])('%s is named, with what to do', async (...[, env, args, message]) => {
    const folder = newFolder();
    fs.writeFileSync(join(folder, 'a.csv'), 'title\nA\n');
    for (const command of [['import', 'a.csv'], ['export']] as const) {
      const [script, ...words] = command;
      const how = { folder, env: { ITEMS_GATEWAY_KEY: 'x', ...env } };
      const { stderr } = await launch(script, how, ...words, '--board', 'b', ...args).ended;
      expect(stderr).toContain(message);
    }
  });
});

it('says why a key is refused', async () => {
  const { stderr } = await run('export', newFolder(), '--board', 'b', '--key', newKey()).ended;
  expect(stderr).toBe(
    `${server.url}: Not authenticated; authorization has a key that is unknown, expired or revoked\n`,
  );
});
