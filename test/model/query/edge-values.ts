import type { Json } from '../../../src/domain/items/write/values.ts';

const numbers: Json[] = [
  ...[0, 1, 5, -3, 2.5, 0.1, 0.30000000000000004, 1e-7, 50000, 123456789012, 9007199254740991],
  ...[
    '0',
    '-0',
    '5',
    '5.',
    '.5',
    '0.50',
    '-.5',
    '1e5',
    '1E+5',
    '100000',
    '1e-7',
    ' 5 ',
    '\u00a05\n',
  ],
  ...[' 1e5 ', '5\n', '\n5', '0e1'],
  ...['1e400', '1e999', '-1e999', '1e1000', '1e-999', '9'.repeat(40), `${'9'.repeat(39)}8`],
  ...['0.1', '0.30000000000000004', '0.3', '9007199254740993', '9007199254740992', '50000'],
  ...['1'.repeat(300), '1'.repeat(301)],
];
const nonNumbers: Json[] = [
  ...[
    '+5',
    '007',
    '-007',
    '00.5',
    '01234',
    '1,200',
    '1_000',
    '0x10',
    'NaN',
    'Infinity',
    '-Infinity',
    'inf',
    '',
    ' ',
    '.',
    '+',
  ],
  ...['e5', '1e', '1e+', '1e1.5', '1.2.3', '--5', '5 0', '\u200b5', '٣', '５', '½', '$5', '5%'],
];
const dates: Json[] = [
  ...['2025-03-20', '2025-03-20T00:00', '2025-03-20T00:00:00Z', '2025-03-20T07:00:00+07:00'],
  ...['2025-03-19T17:00-0700', '2025-03-20T00:00:00.000000001Z', '2025-03-20T23:59:59.999Z'],
  ...[
    '2025-03-20T23:59:59.9990Z',
    '2025-04-15',
    '2024-02-29',
    '2000-02-29',
    '1969-12-31T23:59:59Z',
  ],
  ...['0001-01-01', '0004-02-29', '9999-12-31T23:59:59.999999999-23:59', '2025-12-31T23:59+23:59'],
];
const datesAsTyped: Json[] = [
  ...['2025-03-20 10:00:00', '2025-03-20T10:00:00+07', '2025-03-20t10:00:00z', ' 2025-03-20 '],
  ...['2025-03-20T10:00:00.1234567890Z', '2025-03-20 23:59', '2025-03-19 17:00-0700'],
  ...['2025-03-20T10:00:00.123456789Z', '2025-03-21'],
];
const nonDates: Json[] = [
  ...['2025-02-30', '2025-02-29', '1900-02-29', '2025-13-01', '2025-00-10', '2025-04-31'],
  ...['0000-01-01', '2025-3-20', '20250320', '2025-03-20  10:00:00', '2025-03-20T24:00:00Z'],
  ...['2025-03-20T10:60:00Z', '2025-03-20T10:00:60Z', '2025-03-20T10:00:00+7', '+2025-03-20'],
  ...['2025-03-20T10Z', '2025-03-20T10:00:00.Z', '2025-03-20Z', '2025-03-20T10:00 Z'],
  ...['2025-03-20T10:00:00+24:00', '２025-03-20', '2025-W12-4', 'today', '2025'],
];
export const words = [
  ...['n/a', 'Acme', 'acme', 'ACME', 'Ácme', 'A\u0301cme', 'Acme Corp', 'naïve Café', 'Straße'],
  ...[
    'ΣΊΣΥΦΟΣ',
    'σίσυφος',
    'İstanbul',
    'istanbul',
    'ISTANBUL',
    'ıstanbul',
    'ﬁle',
    'Łódź',
    'ØRSTED',
    'Æther',
    'ac\u200bme',
    '“Acme” – it’s',
    'مُحَمَّد',
    'STRASSE',
    'Ａcme',
    '50%',
  ],
  ...['\u{1f600}', '\u{1f600}\u{1f600} deal', '\uffee', 'e', 'é', 'e\u0301', 'f', 'a_b', 'aXb'],
  ...[
    'a\\b',
    'a\\\\b',
    '%',
    '_',
    '\\',
    "it's",
    '"quoted"',
    '--',
    '/* x */',
    "'; DROP TABLE item; --",
  ],
  ...[
    'true',
    'false',
    'null',
    '{}',
    '$1',
    '[object Object]',
    'two  spaces',
    'two\nlines',
    '\ttab',
    'red',
  ],
];
const long = [
  ...['a', 'b', ''].map((end) => 'x'.repeat(200) + end),
  ...['a', 'b'].map((end) => '\u{1f600}'.repeat(199) + end),
];
const people: Json[] = [
  ...['+1 (555) 010-1234', '555-010-1234', '0555 0101234', '5550101234', '15550101234', '010-1234'],
  ...[
    '+62 811 2345 678',
    '08112345678',
    '8112345678',
    'tel 5550101234',
    '101234',
    'a@x.io',
    'A@X.io',
  ],
  ...[
    '555-010-1234 x5',
    '+1 555 010 1234 ext. 12',
    '5550101234,5',
    '555-010-1234 #1234567',
    '1,234,567',
  ],
  ...[
    '５５５-０１０-１２３４',
    '٥٥٥٠١٠١٢٣٤',
    '(555) 010-1234;ext=7',
    '555 010 1234 poste 5',
    '+1 (0)555 0101234',
  ],
  ...[' a@x.io\u00a0', 'a@x.io.uk', 'á@x.io', 'Á@x.io', '@', 5550101234, 15550101234.5],
];
const nested: Json[] = [
  { city: 'Köln', tags: ['vip', { deep: 'Übersee' }], floor: 1e-7, nil: null },
  ...[
    [],
    {},
    ['red', 'Blue'],
    [1, 2],
    [5, 50000, true],
    ['5', 'true', 'acme'],
    ['red', ['Blue']],
    [[null]],
    { '': 'hidden' },
  ],
];
export const edgeValues: Json[] = [
  ...[numbers, nonNumbers, dates, datesAsTyped, nonDates, words, people, long, nested].flat(),
  ...[true, false],
];

/** The keys that most rows have, with their usual values; a third of the rows has any value under the rare ones. */
export const commonKeys: Readonly<Record<string, readonly Json[]>> = {
  amount: [...numbers, ...numbers, ...nonNumbers],
  due: [...dates, ...datesAsTyped, ...nonDates],
  person: people,
  tags: [...nested, 'red', 'Blue', 5],
  note: words,
  mixed: [...numbers, ...dates, ...words, ...long, true, false],
};
export const rareKeys = [
  ...["it's", 'a%b_c\\d', '--x/*', '', ' ', 'é', 'e\u0301', '\u{1f600}', "'; DROP TABLE item; --"],
  ...['$1', '{a,b}', 'a.b', '"', '__proto__', 'constructor', 'AMOUNT', 'k'.repeat(201)],
];
export const keys = [
  ...Object.keys(commonKeys),
  ...Object.keys(commonKeys),
  ...rareKeys,
  'not there',
];
