import { expect, it } from 'vitest';
import { Mapping, type MappingOptions } from '../../src/transfer/mapping.ts';

const mapped = (options: MappingOptions) =>
  Object.fromEntries(new Mapping(options).entries(options.header));

it.each<[string, MappingOptions, Record<string, string[]>]>([
  [
    'an export',
    { header: ['id', 'title', 'column_name', 'position', 'contact_email', 'values.a b'] },
    {
      id: [],
      title: ['title'],
      column_name: ['column_name'],
      position: [],
      contact_email: ['contact_email'],
      'values.a b': ['values.a b'],
    },
  ],
  [
    'an export whose rows are found by their ids',
    { header: ['id', 'title', 'version', 'contact_id', 'contact_email'], match: 'id' },
    {
      id: ['id'],
      title: ['title'],
      version: ['version'],
      contact_id: ['contact_id'],
      contact_email: ['contact_email'],
    },
  ],
  [
    'an export whose contacts are found by their addresses',
    { header: ['id', 'title', 'version', 'contact_id', 'contact_email'] },
    {
      id: [],
      title: ['title'],
      version: [],
      contact_id: [],
      contact_email: ['contact_email'],
    },
  ],
  [
    'an export without its versions and addresses',
    {
      header: ['id', 'version', 'contact_id', 'contact_phone'],
      match: 'id',
      map: ['version=', 'contact_phone='],
    },
    { id: ['id'], version: [], contact_id: ['contact_id'], contact_phone: [] },
  ],
  [
    'a list of people',
    { header: ['Full Name', 'E-Mail', 'Mobile', 'Company', 'Tags'] },
    {
      'Full Name': ['contact_name'],
      'E-Mail': ['contact_email'],
      Mobile: ['contact_phone'],
      Company: ['title'],
      Tags: ['labels'],
    },
  ],
  [
    'people without another title',
    { header: ['Ansprechpartner', 'Telefon'] },
    { Ansprechpartner: ['title', 'contact_name'], Telefon: ['contact_phone'] },
  ],
  [
    'deals in German',
    { header: ['Titel', 'Phase', 'Kontakt', 'Wert (€)', ''] },
    {
      Titel: ['title'],
      Phase: ['column_name'],
      Kontakt: ['contact_name'],
      'Wert (€)': ['values.wert'],
    },
  ],
  [
    'keys that the board has',
    { header: ['name', 'Deal Value', 'Email'], valueKeys: ['DealValue', 'email'] },
    {
      name: ['title'],
      'Deal Value': ['values.DealValue'],
      Email: ['contact_email', 'values.email'],
    },
  ],
  [
    'pairs',
    { header: ['A', 'B=1', 'C'], map: ['A=title,values.name', 'B=1=labels', 'C='] },
    { A: ['title', 'values.name'], 'B=1': ['labels'], C: [] },
  ],
  [
    'the ids of a match',
    { header: ['id', 'title'], match: 'id' },
    { id: ['id'], title: ['title'] },
  ],
  [
    'a key of values that is named id',
    { header: ['id', 'title'], map: ['id=values.id'], match: 'id' },
    { id: ['values.id'], title: ['title'] },
  ],
  [
    'the key of a match',
    { header: ['title', 'phone'], match: 'phone' },
    { title: ['title'], phone: ['contact_phone', 'values.phone'] },
  ],
])('maps %s', (_, options, expected) => {
  expect(mapped(options)).toEqual(expected);
});

it.each<[MappingOptions, string]>([
  [{ header: ['A'], map: ['B=title'] }, "names 'B'; the columns are A"],
  [{ header: ['A'], map: ['A=titel'] }, "names 'titel'; use title"],
  [{ header: ['A'], map: ['A'] }, "must be like 'Header=title', not 'A'"],
  [{ header: ['title'], match: 'email' }, 'must be a key that a column sets'],
])('refuses %j', (options, message) => {
  expect(() => mapped(options)).toThrow(message);
});
