import { describe, expect, it } from 'vitest';
import { writableFields } from '../../src/domain/items/fields.ts';
import { toSnakeCase } from '../../src/rest/names.ts';
import { createBoard } from '../support/boards.ts';
import { expectNoWrites, expectRestError } from '../support/expectations.ts';
import { contentOf, exportFile, exportText, importFile } from '../support/files.ts';
import { useWorld } from '../support/world.ts';

const world = useWorld();
const newBoard = async () => (await createBoard(world, { Lead: [], Won: [] })).id;

describe('CSV', () => {
  it('in windows-1252 with semicolons sets what its header names', async () => {
    const id = await newBoard();
    const text = Buffer.from('Deal;Stage;Größe\r\n"Müller ""x"" \u0080";won;5,5\r\n', 'latin1');
    const { status, body } = await importFile(world, id, { text });
    expect(status).toBe(200);
    expect(body.data).toMatchObject({ rows: 1, created: 1, failed: 0 });
    expect(body.data.mapping).toEqual({
      Deal: ['title'],
      Stage: ['column_name'],
      Größe: ['values.größe'],
    });
    const { items } = await exportFile(world, id);
    expect(items).toMatchObject([
      { title: 'Müller "x" €', column_name: 'Won', values: { größe: '5,5' } },
    ]);
  });

  it('reports every row that is refused, with its line and the reason, and imports the others', async () => {
    const id = await newBoard();
    const text =
      'title,column,note\nA,Lead,"two\nlines"\nB,Nowhere,\n\nC,Lead\n,Lead,x\n"D\0",Lead,\nE,Won,\n';
    const { body } = await importFile(world, id, { text });
    expect(body.data).toMatchObject({ rows: 6, created: 2, failed: 4 });
    expect(body.data.errors).toEqual([
      { line: 4, code: 'COLUMN_NOT_FOUND', message: expect.stringContaining('Nowhere') },
      { line: 6, code: 'VALIDATION_ERROR', message: 'has 2 fields, and the header has 3' },
      { line: 7, code: 'VALIDATION_ERROR', message: 'title is required' },
      { line: 8, code: 'VALIDATION_ERROR', message: expect.stringContaining('NUL') },
    ]);
    const { items } = await exportFile(world, id);
    expect(items.map(({ title }) => title)).toEqual(['A', 'E']);
  });

  it('names a new contact after the title, whose characters it does not cut in halves', async () => {
    const id = await newBoard();
    const title = `${'x'.repeat(199)}😀😀`;
    const { body } = await importFile(world, id, {
      text: `title,email\n${title},long@acme.example\n`,
    });
    expect(body.data).toMatchObject({ created: 1, failed: 0 });
    const { items } = await exportFile(world, id);
    expect(items).toMatchObject([{ title, contact: { name: `${'x'.repeat(199)}😀` } }]);
  });

  it('reports all reasons of a row, and one rule for the numbers that contacts are found by', async () => {
    const id = await newBoard();
    const title = 'x'.repeat(501);
    const label = 'y'.repeat(101);
    const { body } = await importFile(world, id, {
      text: `title,labels,contact_phone\n${title},${label},12345\nB,,none\n`,
    });
    const rule = 'one phone number, which has at least 7 digits, no letters and no extension';
    expect(body.data.errors.map(({ line, message }) => [line, message])).toEqual([
      [
        2,
        `title must not be longer than 500 characters; labels must not be longer than 100 characters each; contact.phone is '12345', but must be ${rule}`,
      ],
      [3, `contact.phone is 'none', but must be ${rule}`],
    ]);
  });

  it('has all values and the contact in columns of these names, and refuses values that are no object', async () => {
    const id = await newBoard();
    const { body } = await importFile(world, id, {
      text: 'title,values,contact,email\nA,"{""a"":1}",Ann,ann@import.io\nB,text,,\n',
    });
    expect(body.data.errors).toEqual([
      {
        line: 3,
        code: 'VALIDATION_ERROR',
        message: expect.stringMatching(/^values: must be an object of your own fields/),
      },
    ]);
    const { items } = await exportFile(world, id);
    expect(items).toMatchObject([
      { title: 'A', values: { a: 1 }, contact: { name: 'Ann', email: 'ann@import.io' } },
    ]);
  });

  it('sets each field that callers write, from a column of its name', async () => {
    const id = await newBoard();
    const names = writableFields.map(([name]) => toSnakeCase(name));
    const { body } = await importFile(world, id, {
      text: `${names.join(',')}\n`,
      query: 'validate_only=true',
    });
    expect(body.data.mapping).toEqual(Object.fromEntries(names.map((name) => [name, [name]])));
  });

  it('updates the item with the same phone number, or creates one', async () => {
    const id = await newBoard();
    await importFile(world, id, {
      text: 'title,phone\nOld,+49 30 1234567\n',
      query: 'match=phone',
    });
    const { body } = await importFile(world, id, {
      text: 'Name;Telefon;Phase\nNew;030 1234567;Won\nOther;040 7654321;\n',
      query: `match=phone&map=${encodeURIComponent('Telefon=values.phone')}`,
    });
    expect(body.data).toMatchObject({ rows: 2, created: 1, updated: 1, failed: 0 });
    const { items } = await exportFile(world, id);
    expect(items.map(({ title, column_name }) => [title, column_name])).toEqual([
      ['Other', 'Lead'],
      ['New', 'Won'],
    ]);
  });

  it('reads numbers with a decimal comma and dates of a format, and only whole cells of values', async () => {
    const id = await newBoard();
    const numbers = [
      '1.234,50',
      '12.000',
      '2,5',
      '-3,5 ',
      '7',
      '12.5',
      '2,5 kg',
      '0,123',
      '1.23,4',
    ];
    const dates = ['31.12.2025', '1.3.2025', '30.02.2025', 'am 31.12.2025'];
    const rows = numbers.map((text, n) => `"1,5";"${text}";"${dates[n] ?? ''}"`);
    const { body } = await importFile(world, id, {
      text: `title;Umsatz;Ende\n${rows.join('\n')}\n`,
      query: 'decimal=,&dates=DD.MM.YYYY',
    });
    expect(body.data).toMatchObject({ created: numbers.length, failed: 0 });
    const { items } = await exportFile(world, id);
    const cells = (key: string) => items.map(({ values }) => (values as never)[key]);
    expect(items[0]).toMatchObject({ title: '1,5' });
    expect(cells('umsatz')).toEqual([
      '1234.50',
      '12000',
      '2.5',
      '-3.5',
      '7',
      '12.5',
      '2,5 kg',
      '0.123',
      '1.23,4',
    ]);
    expect(cells('ende').slice(0, 4)).toEqual([
      '2025-12-31',
      '2025-03-01',
      '30.02.2025',
      'am 31.12.2025',
    ]);
    const wrong = await importFile(world, id, { text: 'title\nA\n', query: 'decimal=x' });
    expectRestError(wrong, 400, 'VALIDATION_ERROR');
  });

  it('of an export updates its items by their ids, creates rows without one, and refuses unknown ids', async () => {
    const id = await newBoard();
    await importFile(world, id, { text: 'title,column\nA,Lead\nB,Lead\n' });
    const other = await newBoard();
    await importFile(world, other, { text: 'title\nOther\n' });
    const [foreign] = (await exportFile(world, other)).items;
    const exported = (await exportText(world, id)).replace(',A,', ',A2,').trimEnd();
    const width = exported.split('\r\n')[0]?.split(',').length ?? 0;
    const more = [`${foreign?.id},${foreign?.title}`, 'item_never,Y', ',New'].map(
      (start) => start + ','.repeat(width - 2),
    );
    const { body } = await importFile(world, id, {
      text: [exported, ...more].join('\r\n'),
      query: 'match=id',
    });
    expect(body.data).toMatchObject({ created: 1, updated: 1, unchanged: 1, failed: 2 });
    expect(body.data.errors.map(({ code }) => code)).toEqual(['ITEM_NOT_FOUND', 'ITEM_NOT_FOUND']);
    const { items } = await exportFile(world, id);
    expect(items.map(({ title }) => title)).toEqual(['A2', 'B', 'New']);
    expect((await exportFile(world, other)).items).toEqual([foreign]);
  });

  it.each([
    ['', 'is empty'],
    [Buffer.from('PK\u0003\u0004\u0014\0\u00e9\n', 'latin1'), 'is not a CSV file: save it as CSV'],
    [Buffer.from('\u00d0\u00cf\0\0\n', 'latin1'), 'is not a CSV file: save it as CSV'],
    ['a,a\n1,2\n', /has 'a' twice$/],
    ['title,aNew,aNew,b', /has 'aNew' twice, .* use --data-binary/],
    ['title\n"open\n', 'a quote that is not closed'],
    ['a,b\n1,2\n', 'must name the column of the title'],
  ])('is refused as a whole: %j', async (text, message) => {
    const id = await newBoard();
    const reply = await expectNoWrites(world, () => importFile(world, id, { text }));
    expectRestError(reply, 400, 'VALIDATION_ERROR');
    expect(reply.body.error?.message).toMatch(message);
  });
});

it('writes batches that were written once, when a file is sent again with its idempotency key', async () => {
  const id = await newBoard();
  const rows = Array.from({ length: 1201 }, (_, n) => `Row ${n}`);
  const send = (count: number) =>
    importFile(world, id, {
      text: `title\n${rows.slice(0, count).join('\n')}\n`,
      headers: { 'idempotency-key': 'import-1' },
    });
  expect((await send(1000)).body.data).toMatchObject({ created: 1000 });
  const again = await send(1201);
  expect(again.body.data).toMatchObject({ rows: 1201, created: 1201 });
  expect(again.headers.get('idempotency-replayed')).toBe('true');
  const { items } = await exportFile(world, id);
  expect(items.map(({ title }) => title)).toEqual(rows);
});

it('saves nothing in a dry run, and reports the same', async () => {
  const id = await newBoard();
  const text = 'title,column\nA,Lead\nB,Nowhere\n';
  const dry = await expectNoWrites(world, () =>
    importFile(world, id, { text, query: 'validate_only=true' }),
  );
  expect(dry.body.data).toMatchObject({ rows: 2, created: 1, failed: 1 });
  expect((await importFile(world, id, { text })).body.data).toEqual(dry.body.data);
});

describe('NDJSON', () => {
  const type = 'application/x-ndjson';

  it('of an export makes a board with the same items, in the same order', async () => {
    const text = await exportText(world, 'board_abc123', 'format=ndjson');
    const source = await exportFile(world, 'board_abc123');
    const names = (source.board as unknown as { columns: { name: string }[] }).columns;
    const { id } = await createBoard(
      world,
      Object.fromEntries(names.map(({ name }) => [name, []])),
    );
    const { body } = await importFile(world, id, { text, type });
    expect(body.data).toMatchObject({ rows: 127, created: 127, failed: 0 });
    const copy = await exportFile(world, id);
    expect(copy.items.map(contentOf)).toEqual(source.items.map(contentOf));
  });

  it('of an export that was cut off is reported', async () => {
    const text = await exportText(world, 'board_abc123', 'format=ndjson');
    const cut = text.split('\n').slice(0, 20).join('\n');
    const reply = await importFile(world, await newBoard(), { text: cut, type });
    expectRestError(reply, 400, 'VALIDATION_ERROR');
    expect(reply.body.error?.message).toContain('the export was cut off');
  });

  it('is read line by line, and a line that is no object is refused alone', async () => {
    const id = await newBoard();
    const text = '{"title":"A","values":{"n":1}}\n[1]\n\n{"title":"B","deal size":7}';
    const { body } = await importFile(world, id, { text, type });
    expect(body.data).toMatchObject({ rows: 3, created: 2, errors: [{ line: 2 }] });
    const { items } = await exportFile(world, id);
    expect(items).toMatchObject([
      { title: 'A', values: { n: 1 } },
      { title: 'B', values: { deal_size: 7 } },
    ]);
  });
});

it('refuses other content, an unknown board and unknown parameters', async () => {
  const id = await newBoard();
  const text = 'title\nA\n';
  const json = await importFile(world, id, { text: '{}', type: 'application/json' });
  expectRestError(json, 415, 'UNSUPPORTED_MEDIA_TYPE');
  expectRestError(await importFile(world, 'board_never', { text }), 404, 'BOARD_NOT_FOUND');
  expectRestError(await importFile(world, id, { text, query: 'mapp=a' }), 400, 'VALIDATION_ERROR');
  const encoded = await importFile(world, id, {
    text: 'title\n\u00fc\n',
    type: 'text/csv; charset=x',
  });
  expectRestError(encoded, 400, 'VALIDATION_ERROR');
});
