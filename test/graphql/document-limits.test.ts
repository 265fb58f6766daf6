import { type DocumentNode, visit } from 'graphql';
import { describe, expect, it } from 'vitest';
import { documentLimits } from '../../src/graphql/execution/document-limits.ts';
import { parseDocument } from '../../src/graphql/execution/parse-document.ts';
import { validateDocument } from '../../src/graphql/execution/validate-document.ts';
import { schema } from '../../src/graphql/schema/index.ts';
import { defaultLimits } from '../../src/limits/settings.ts';
import { hostileDocuments, largestSize } from '../support/hostile-documents.ts';
import { useWorld } from '../support/world.ts';

const world = useWorld();

const many = (count: number, part: (n: number) => string): string =>
  Array.from({ length: count }, (_, n) => part(n)).join(' ');

const aliases = (count: number) => `{ boards { nodes { ${many(count, (n) => `a${n}: id`)} } } }`;
const repeated = (count: number) => `{ boards { nodes { ${many(count, () => 'id')} } } }`;
const nested = (levels: number) =>
  `{ boards { nodes { ${'items(first: 1) { nodes { board { '.repeat(levels)} id ${'} } }'.repeat(levels)} } } }`;
const directives = (count: number) =>
  `{ boards { nodes { ${many(count, (n) => `a${n}: id @include(if: true)`)} } } }`;
const expanded = (spreads: number) =>
  `{ ${many(spreads, (n) => `a${n}: boards { ...F }`)} } fragment F on BoardConnection { nodes { items(filter: { or: [${'{}'.repeat(50)}] }) { totalCount } } }`;

it.each<[keyof typeof documentLimits, string, string]>([
  ['characters', `{ boards { totalCount } } #${'x'.repeat(99_000)}`, ' '.repeat(100_001)],
  ['lines', `${'\n'.repeat(3999)}{ viewer { key { name } } }`, '\r\n'.repeat(4000)],
  ['tokens', '{ viewer { key { name } } }', `{ ${'viewer '.repeat(3999)}}`],
  ['depth', nested(15), nested(17)],
  [
    'rootFields',
    `{ ${many(200, (n) => `a${n}: __typename`)} }`,
    `{ ${many(201, (n) => `a${n}: __typename`)} }`,
  ],
  ['aliases', aliases(500), aliases(501)],
  ['directives', directives(200), directives(201)],
  ['comparisons', repeated(141), repeated(142)],
  ['parts', expanded(2), expanded(90)],
])('limits the %s of a document', async (name, accepted, refused) => {
  expect((await world.graphql(accepted)).errors).toBeUndefined();
  const { data, errors } = await world.graphql(refused);
  expect(data).toBeUndefined();
  expect(errors?.map(({ extensions }) => extensions.code)).toEqual(['QUERY_TOO_LARGE']);
  expect(errors?.[0]?.message).toMatch(
    RegExp(`^The document has \\d+ .+; the limit is ${documentLimits[name]}\\.$`),
  );
});

it('refuses a new document that has waited too long for its turn, with a 503 that says so', async () => {
  const inFlight = { ...defaultLimits.inFlight, waitTimeout: 50 };
  const { graphql } = world.withOptions({ inFlight });
  const replies = await Promise.all(
    Array.from({ length: 60 }, (_, n) => graphql(`${aliases(500)} # ${n}`)),
  );
  expect(replies.filter(({ errors }) => errors === undefined)).not.toEqual([]);
  const refused = replies.filter(({ errors }) => errors !== undefined);
  expect(refused).not.toEqual([]);
  for (const { status, errors } of refused) {
    expect({ status, errors }).toMatchObject({
      status: 503,
      errors: [
        {
          message: expect.stringContaining(
            'Too many new documents, large bodies and large answers of tools are waiting: this one waited for 50 ms, which is the limit.',
          ),
          extensions: { code: 'SERVICE_UNAVAILABLE' },
        },
      ],
    });
  }
});

/** Counts how often names of the document are read while `run` runs: the work of validation, whatever the machine. */
function countReads(document: DocumentNode, run: () => unknown): number {
  let reads = 0;
  visit(document, {
    Name(node) {
      const { value } = node;
      Object.defineProperty(node, 'value', {
        get() {
          reads += 1;
          return value;
        },
      });
    },
  });
  run();
  return reads;
}

describe.each(Object.keys(hostileDocuments))('a document with %s', (name) => {
  const create = hostileDocuments[name] as (size: number) => string;
  const parsed = (size: number): DocumentNode | undefined => {
    try {
      return parseDocument(create(size));
    } catch {
      return undefined;
    }
  };

  it('is validated with little work, or refused', () => {
    const document = parsed(largestSize((size) => parsed(size) !== undefined));
    if (document === undefined) throw new Error('every size is refused');
    const reads = countReads(document, () => validateDocument(schema, document));
    expect(reads).toBeLessThan(30_000);
  });
});
