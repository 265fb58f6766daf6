import {
  type ContactResult as ResultRow,
  upsertContacts,
} from '../../../domain/contacts/upsert.ts';
import { builder } from '../builder.ts';
import { countOf, WriteAction, WriteError, writeErrorOf } from '../items/item-result.ts';
import { writeArgs, writeContextOf } from '../write-context.ts';
import { Contact } from './contact.ts';
import { UpsertContactsInput } from './contact-inputs.ts';

const ContactResult = builder.objectRef<ResultRow>('ContactResult').implement({
  description: 'The result for one contact of a batch.',
  fields: (t) => ({
    index: t.exposeInt('index', { description: 'The index in the input, from 0.' }),
    action: t.field({
      type: WriteAction,
      description: 'The effect on the contact.',
      resolve: ({ action }) => action,
    }),
    contact: t.field({
      type: Contact,
      nullable: true,
      description: 'The contact after the write; null if it failed.',
      resolve: ({ contact }) => contact,
    }),
    error: t.field({
      type: WriteError,
      nullable: true,
      description: 'Why it failed; null otherwise.',
      resolve: ({ error }) => writeErrorOf(error),
    }),
  }),
});

const ContactsPayload = builder.objectRef<readonly ResultRow[]>('ContactsPayload').implement({
  description: 'The results of a batch of contacts.',
  fields: (t) => ({
    results: t.field({
      type: [ContactResult],
      description: 'One result for each contact, in the order of the input.',
      resolve: (results) => [...results],
    }),
    createdCount: t.int({
      description: 'The number of created contacts.',
      resolve: (results) => countOf(results, 'CREATED'),
    }),
    updatedCount: t.int({
      description: 'The number of changed contacts.',
      resolve: (results) => countOf(results, 'UPDATED'),
    }),
    failedCount: t.int({
      description: 'The number that failed.',
      resolve: (results) => countOf(results, 'FAILED'),
    }),
  }),
});

builder.mutationField('upsertContacts', (t) =>
  t.field({
    type: ContactsPayload,
    nullable: true,
    description:
      'Updates the contacts that have the same e-mail address or phone number, and creates those that are missing. At most 500, in one transaction.',
    args: {
      input: t.arg({ type: UpsertContactsInput, required: true, description: 'The contacts.' }),
      ...writeArgs(),
    },
    resolve: (_, args, context, info) =>
      upsertContacts(writeContextOf(context, args, info), args.input),
  }),
);
