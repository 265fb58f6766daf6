import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createBoard, mutateOk } from '../support/boards.ts';
import { expectNoWrites } from '../support/expectations.ts';
import { exportFile, exportText, type ImportCall, importFile } from '../support/files.ts';
import { runs, seed, timeout } from '../support/property-settings.ts';
import { useWorld } from '../support/world.ts';

const world = useWorld();
const sales = 'board_abc123';
const ndjson = { type: 'application/x-ndjson' };

/** A board with these items. */
async function boardOf(items: readonly object[]): Promise<string> {
  const { id } = await createBoard(world, { Lead: [], '-Won': [] });
  await mutateOk(world, 'createItems', { boardId: id, items }, 'createdCount');
  return id;
}

const newContact = async (input: object): Promise<string> =>
  (await mutateOk<{ contact: { id: string } }>(world, 'createContact', input, 'contact { id }'))
    .contact.id;

/** Imports a file that updates items by their ids. */
const importById = async (id: string, text: string, { query = '', ...call }: ImportCall = {}) =>
  (await importFile(world, id, { text, query: `match=id&${query}`, ...call })).body.data;

const rename = (boardId: string, itemId: string, title: string) =>
  world.rest('PUT', `/boards/${boardId}/items/${itemId}`, { body: { title } });

/** The only item of a board. */
const itemOf = async (id: string) => (await exportFile(world, id)).items[0] ?? {};

describe('an export that is imported again by ids', () => {
  it.each([
    ['format=csv', {}],
    ['format=csv&bom=true&delimiter=;&escape_formulas=true', {}],
    ['format=ndjson', ndjson],
  ])('changes nothing: %s', async (query, call) => {
    const text = await exportText(world, sales, query);
    const report = await expectNoWrites(world, () => importById(sales, text, call));
    expect(report).toMatchObject({ rows: 127, unchanged: 127, updated: 0, failed: 0 });
    const dry = await importById(sales, text, { ...call, query: 'validate_only=true' });
    expect(dry).toEqual(report);
  });

  it(
    'changes nothing, whatever the items have',
    async () => {
      const contacts = [
        { name: '=Name only' },
        { name: 'Shares a phone', phone: '+49 30 7654321' },
        { name: 'Shares it too', phone: '+49 30 7654321' },
        { name: 'Extension', phone: '+49 30 7654321 ext. 5' },
        { name: ' Both ', email: 'Both@Round-Trip.example', phone: '+49 30 12' },
      ];
      const ids = await Promise.all(contacts.map(newContact));
      const word = fc.oneof(
        fc.string(),
        fc.string({ unit: 'grapheme' }),
        fc.json(),
        fc.constantFrom('true', 'null', '1.50', '12.000', "'=1", '=1+1', '\ta', ' a ', '[a', '1e3'),
      );
      const text = word.filter((one) => one.trim() !== '' && !one.includes('\0'));
      const scalar = fc.oneof(
        text,
        fc.boolean(),
        fc.integer(),
        fc.integer().map((n) => n / 100),
        fc.constantFrom(1e-7, -0.5),
      );
      const json = fc.oneof(
        scalar,
        fc.array(scalar, { maxLength: 3 }),
        fc.dictionary(text, fc.array(scalar, { maxLength: 2 }), { maxKeys: 2 }),
      );
      const items = fc.array(
        fc.record(
          {
            title: text.filter((one) => one.length < 200),
            columnName: fc.constantFrom('Lead', '-Won'),
            contactId: fc.constantFrom(...ids),
            labels: fc.array(
              text.filter((one) => one.length < 50),
              { maxLength: 4 },
            ),
            values: fc.dictionary(
              fc.oneof(
                fc.constantFrom('a', 'b ', ' c', 'a.b', '', '=d', 'line\nbreak'),
                fc.string(),
              ),
              json,
              { maxKeys: 5 },
            ),
          },
          { requiredKeys: ['title', 'columnName'] },
        ),
        { minLength: 1, maxLength: 30 },
      );
      const property = fc.asyncProperty(items, async (list) => {
        const { id } = await createBoard(world, { Lead: [], '-Won': [] });
        const input = { boardId: id, items: list };
        await mutateOk(world, 'createItems', input, 'createdCount');
        for (const query of ['', 'escape_formulas=true', 'delimiter=%09&bom=true']) {
          const exported = await exportText(world, id, query);
          const report = await importById(id, exported, { query: 'decimal=,&dates=DD.MM.YYYY' });
          expect(report).toMatchObject({ unchanged: report.rows, errors: [] });
        }
        const lines = await exportText(world, id, 'format=ndjson');
        const report = await importById(id, lines, ndjson);
        expect(report).toMatchObject({ unchanged: report.rows, errors: [] });
      });
      await fc.assert(property, { numRuns: Math.ceil(runs / 50), seed });
    },
    timeout,
  );
});

describe('an edited export', () => {
  const items = [
    { title: 'A', values: { amount: 47000, isOpen: true, list: [1, { a: 'b' }] } },
    { title: 'B', labels: ['x; y', 'z'], values: { amount: 1 } },
  ];

  it('changes the edited cells, and leaves all others as they are, types too', async () => {
    const id = await boardOf(items);
    const text = (await exportText(world, id))
      .replace(',A,', ',A2,')
      .replace(',1,,\r\n', ',2,,\r\n');
    const before = await exportFile(world, id);
    expect(await importById(id, text)).toMatchObject({ updated: 2, failed: 0 });
    const [first, second] = (await exportFile(world, id)).items;
    expect(first).toMatchObject({ title: 'A2', values: before.items[0]?.values });
    expect(second).toMatchObject({ title: 'B', labels: ['x; y', 'z'] });
    expect(second?.values).toEqual({ amount: '2' });
  });

  it.each([
    ['csv', {}],
    ['ndjson', ndjson],
  ])('as %s does not undo what others have changed since', async (format, call) => {
    const id = await boardOf(items);
    const old = await exportText(world, id, `format=${format}`);
    const [first] = (await exportFile(world, id)).items;
    await rename(id, String(first?.id), 'Renamed');
    const text = old.replace(/([,"])B([,"])/, '$1B2$2');
    const report = await importById(id, text, call);
    expect(report).toMatchObject({ updated: 1, failed: 1 });
    expect(report.errors).toMatchObject([
      { line: 2, code: 'VERSION_CONFLICT', message: expect.stringContaining('at version 2') },
    ]);
    const titles = async () => (await exportFile(world, id)).items.map(({ title }) => title);
    expect(await titles()).toEqual(['Renamed', 'B2']);
    const again = await importById(id, text, call);
    expect(again).toMatchObject({ unchanged: 1, failed: 1 });
    const query = `map=${encodeURIComponent('version=')}`;
    expect(await importById(id, text, { ...call, query })).toMatchObject({ updated: 1, failed: 0 });
    expect(await titles()).toEqual(['A', 'B2']);
  });

  it('is unchanged the second time, also where a cell was stored in another form', async () => {
    const id = await boardOf([{ title: 'A', values: { amount: 1, when: 'x', note: 'y' } }]);
    const text = (await exportText(world, id))
      .replace(',A,Lead,', ', A2 ,-wON,')
      .replace(/,1,(.*),y,x\r\n/s, ',1,$1,"[1, 2]",31.12.2025\r\n');
    const query = 'decimal=,&dates=DD.MM.YYYY';
    expect(await importById(id, text, { query })).toMatchObject({ updated: 1, failed: 0 });
    const item = await itemOf(id);
    expect(item).toMatchObject({ title: 'A2', column_name: '-Won', version: 2 });
    expect(item.values).toEqual({ amount: 1, note: [1, 2], when: '2025-12-31' });
    const again = await expectNoWrites(world, () => importById(id, text, { query }));
    expect(again).toMatchObject({ unchanged: 1, failed: 0 });
  });

  it('refuses a version that is none', async () => {
    const id = await boardOf([{ title: 'A' }]);
    const { id: itemId } = await itemOf(id);
    const text = `id,title,version\n${itemId},B,2.1\n`;
    const { errors } = await importById(id, text);
    expect(errors).toMatchObject([
      { code: 'VALIDATION_ERROR', message: expect.stringMatching(/^version: Int cannot/) },
    ]);
  });

  it('is compared with items of any size', async () => {
    const { id } = await createBoard(world, { Lead: [] });
    const big = 'x'.repeat(60_000);
    for (let n = 0; n < 10; n += 1) {
      const list = Array.from({ length: 15 }, (_, k) => ({ title: `${n}-${k}`, values: { big } }));
      await mutateOk(world, 'createItems', { boardId: id, items: list }, 'createdCount');
    }
    const rows = (await exportFile(world, id)).items.map((item) => [item.id, `${item.title}`]);
    const lines = rows.map(([itemId, title]) => `${itemId},${title === '3-3' ? 'New' : title}`);
    const report = await importById(id, ['id,title', ...lines].join('\n'));
    expect(report).toMatchObject({ rows: 150, updated: 1, unchanged: 149, failed: 0 });
  });

  it('can be sent again with its idempotency key: rows without an id are created once', async () => {
    const id = await boardOf([{ title: 'A' }]);
    const { id: itemId } = await itemOf(id);
    const text = `id,title\n${itemId},A2\n,New\n`;
    const call = { headers: { 'idempotency-key': 'round-trip-1' } };
    expect(await importById(id, text, call)).toMatchObject({ created: 1, updated: 1 });
    expect(await importById(id, text, call)).toMatchObject({ created: 1, unchanged: 1, failed: 0 });
    expect((await exportFile(world, id)).items).toHaveLength(2);
  });
});

describe('the contact of an exported item', () => {
  it('stays, changes with the e-mail address or the phone number, and by contact_id', async () => {
    const phone = '+49 40 1112223';
    const one = await newContact({ name: 'One', phone });
    const two = await newContact({ name: 'Two', phone });
    const three = await newContact({ name: 'Three', email: 'three@round-trip.example' });
    const id = await boardOf([{ title: 'A', contactId: one }]);
    const linked = async () => ((await itemOf(id)).contact as { id: string }).id;

    const text = await exportText(world, id);
    expect(await importById(id, text.replace(one, two))).toMatchObject({ updated: 1, failed: 0 });
    expect(await linked()).toBe(two);
    const mail = (await exportText(world, id)).replace(
      `Two,,${phone}`,
      'Two,three@round-trip.example,',
    );
    expect(await importById(id, mail)).toMatchObject({ updated: 1, failed: 0 });
    expect(await linked()).toBe(three);
    expect(await importById(id, mail)).toMatchObject({ unchanged: 1, failed: 0 });
    const several = (await exportText(world, id)).replace('three@round-trip.example,', `,${phone}`);
    const { errors } = await importById(id, several);
    expect(errors[0]?.message).toBe(
      'Several contacts have this phone. Merge them, or name one of them by contact_id instead.',
    );
    const { body } = await world.rest('PUT', `/boards/${id}/items/${(await itemOf(id)).id}`, {
      body: { contact: { match_on: 'phone', phone } },
    });
    expect(body.error?.message).toBe(errors[0]?.message);
    expect(await importById(id, several.replace(three, one))).toMatchObject({ updated: 1 });
    expect(await linked()).toBe(one);
  });

  it('is found by its address where the items are created', async () => {
    const email = 'copied@round-trip.example';
    const contactId = await newContact({ name: 'Copied', email });
    const text = await exportText(world, await boardOf([{ title: 'A', contactId }]));
    const { id } = await createBoard(world, { Lead: [] });
    // The id is that of another workspace.
    const call = { text: text.replace(contactId, 'contact_elsewhere') };
    expect((await importFile(world, id, call)).body.data).toMatchObject({ created: 1, failed: 0 });
    expect((await itemOf(id)).contact).toMatchObject({ id: contactId, email });
  });
});
