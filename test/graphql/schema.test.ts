import { parse, validate } from 'graphql';
import { expect, it } from 'vitest';
import { schema } from '../../src/graphql/schema/index.ts';
import { explorerTabs } from '../../src/pages/explorer-tabs.ts';
import { printSdl } from '../../src/rest/openapi/documents.ts';

it('equals schema.graphql', async () => {
  await expect(printSdl(schema)).toMatchFileSnapshot('../../schema.graphql');
});

it('describes every type, field, argument and enum value', () => {
  const undescribed: string[] = [];
  const check = (place: string, described: { description?: string | null | undefined }) => {
    if (!described.description) undescribed.push(place);
  };
  for (const type of Object.values(schema.getTypeMap())) {
    if (type.name.startsWith('__')) continue;
    check(type.name, type);
    if ('getValues' in type)
      for (const value of type.getValues()) check(`${type.name}.${value.name}`, value);
    if (!('getFields' in type)) continue;
    for (const field of Object.values(type.getFields())) {
      check(`${type.name}.${field.name}`, field);
      for (const arg of 'args' in field ? field.args : [])
        check(`${type.name}.${field.name}(${arg.name})`, arg);
    }
  }
  expect(undescribed).toEqual([]);
});

it.each(explorerTabs)('runs the example of explorer tab %#', ({ query, variables }) => {
  expect(validate(schema, parse(query))).toEqual([]);
  expect(JSON.parse(variables)).toBeTypeOf('object');
});
