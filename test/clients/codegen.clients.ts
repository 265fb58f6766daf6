import { readFileSync } from 'node:fs';
import { codegen } from '@graphql-codegen/core';
import * as typescript from '@graphql-codegen/typescript';
import * as operations from '@graphql-codegen/typescript-operations';
import { buildSchema, isScalarType, isSpecifiedScalarType, parse, printSchema } from 'graphql';
import { expect, it } from 'vitest';

const schema = buildSchema(readFileSync('schema.graphql', 'utf8'));
/** The configuration in docs/graphql.md. */
const docs = readFileSync('docs/graphql.md', 'utf8');
const scalars: Record<string, string> = JSON.parse(
  /"scalars": (\{.*?\})`/s.exec(docs)?.[1] ?? '{}',
);

it('generates types with the documented scalars, none of them unknown or any', async () => {
  const document = parse(`query Items($filter: ItemFilter) {
    items(filter: $filter) { nodes { id values createdAt } }
  }`);
  const output = await codegen({
    filename: 'types.ts',
    schema: parse(printSchema(schema)),
    documents: [{ document, location: 'items.graphql' }],
    config: {},
    plugins: [
      { typescript: { scalars, strictScalars: true } },
      { operations: { scalars, strictScalars: true } },
    ],
    pluginMap: { typescript, operations },
  });
  const types = /export type Scalars = \{(.*?)\n\};/s.exec(output)?.[1] ?? '';
  const custom = Object.values(schema.getTypeMap())
    .filter((type) => isScalarType(type) && !isSpecifiedScalarType(type))
    .map(({ name }) => name);
  expect(custom.sort()).toEqual(Object.keys(scalars).sort());
  for (const name of custom) expect(types).toContain(`${name}: { input: ${scalars[name]}`);
  expect(types).not.toMatch(/: (unknown|any);/);
  expect(output).toMatch(/createdAt: string/);
});
