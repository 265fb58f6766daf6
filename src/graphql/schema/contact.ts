import {
  contactPageQuery,
  contactSource,
  createContact,
  deleteContacts,
  mergeContacts,
  updateContact,
} from '../../domain/contacts.ts';
import { countRows, readPages } from '../../sql/page.ts';
import { builder } from './builder.ts';
import { Connection, connectionOf, pageArgs, single } from './connection.ts';
import { Deleted } from './delete-payload.ts';
import { Node } from './node.ts';
import { writeArgs, writeContextOf } from './write-context.ts';

export const Contact = builder.prismaObject('Contact', {
  description: 'A person that items are about.',
  interfaces: [Node],
  fields: (t) => ({
    name: t.exposeString('name', { description: 'The full name.' }),
    phone: t.exposeString('phone', {
      nullable: true,
      description: 'The phone number as it was written.',
    }),
    email: t.exposeString('email', { nullable: true, description: 'The e-mail address.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was made.' }),
    updatedAt: t.expose('updatedAt', {
      type: 'DateTime',
      description: 'When it was last changed.',
    }),
  }),
});

const ContactConnection = connectionOf('Contact', Contact);

builder.queryFields((t) => ({
  contact: t.field({
    type: Contact,
    nullable: true,
    description: 'A contact by its id; null where there is none.',
    args: { id: t.arg.id({ required: true, description: "The contact's id." }) },
    resolve: (_, { id }, { loaders }) => loaders.contact.load(id),
  }),
  contacts: t.field({
    type: ContactConnection,
    description: 'The contacts of your workspace, oldest first.',
    args: {
      search: t.arg.string({
        description: 'Part of the name, the phone number or the e-mail address.',
      }),
      ...pageArgs(),
    },
    resolve: (_, { search, ...args }, { reads, cost, caller }) => {
      const source = contactSource(caller.workspaceId);
      const question = contactPageQuery(search);
      return new Connection({
        cost,
        args,
        read: () => single(readPages(reads, source, { ...question, ...args })),
        count: (atMost) => single(countRows(reads, source, { ...question, atMost })),
      });
    },
  }),
}));

const ContactPayload = builder
  .objectRef<{ contact: typeof Contact.$inferType }>('ContactPayload')
  .implement({
    description: 'The contact as it is after the change.',
    fields: (t) => ({
      contact: t.field({
        type: Contact,
        description: 'The contact.',
        resolve: ({ contact }) => contact,
      }),
    }),
  });

const CreateContactInput = builder.inputType('CreateContactInput', {
  description: 'A new contact.',
  fields: (t) => ({
    name: t.string({ required: true, description: 'The full name, 1 to 200 characters.' }),
    phone: t.string({ description: 'The phone number, at most 50 characters.' }),
    email: t.string({ description: 'The e-mail address.' }),
  }),
});

const UpdateContactInput = builder.inputType('UpdateContactInput', {
  description: 'What changes about a contact; what is left out stays.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'Which contact.' }),
    name: t.string({ description: 'The full name, 1 to 200 characters.' }),
    phone: t.string({ description: 'The phone number; null takes it away.' }),
    email: t.string({ description: 'The e-mail address; null takes it away.' }),
  }),
});

const DeleteContactsInput = builder.inputType('DeleteContactsInput', {
  description: 'Which contacts go, and what becomes of the items that are linked to them.',
  fields: (t) => ({
    ids: t.idList({
      required: true,
      description: 'At most 500 ids; unknown ones are passed over.',
    }),
    moveItemsTo: t.id({ description: 'Link their items to this other contact.' }),
    unlinkItems: t.boolean({ description: 'Leave their items without a contact.' }),
    deleteItems: t.boolean({ description: 'Delete their items too.' }),
  }),
});

const MergeContactsInput = builder.inputType('MergeContactsInput', {
  description: 'Several contacts that are one and the same person.',
  fields: (t) => ({
    into: t.id({ required: true, description: 'The contact that stays.' }),
    ids: t.idList({ required: true, description: 'The contacts that go, at most 500.' }),
  }),
});

builder.mutationFields((t) => ({
  createContact: t.field({
    type: ContactPayload,
    nullable: true,
    description: 'Makes a contact.',
    args: {
      input: t.arg({ type: CreateContactInput, required: true, description: 'The contact.' }),
      ...writeArgs(),
    },
    resolve: async (_, args, context, info) => ({
      contact: await createContact(writeContextOf(context, args, info), args.input),
    }),
  }),
  updateContact: t.field({
    type: ContactPayload,
    nullable: true,
    description: 'Changes a contact.',
    args: {
      input: t.arg({ type: UpdateContactInput, required: true, description: 'The change.' }),
      ...writeArgs(),
    },
    resolve: async (_, args, context, info) => ({
      contact: await updateContact(writeContextOf(context, args, info), args.input),
    }),
  }),
  mergeContacts: t.field({
    type: ContactPayload,
    nullable: true,
    description:
      'Makes one contact of several: their items are linked to the one that stays, which takes the phone number and the e-mail address that it lacks.',
    args: {
      input: t.arg({ type: MergeContactsInput, required: true, description: 'Which ones.' }),
      ...writeArgs(),
    },
    resolve: async (_, args, context, info) => ({
      contact: await mergeContacts(writeContextOf(context, args, info), args.input),
    }),
  }),
  deleteContacts: t.field({
    type: Deleted,
    nullable: true,
    description:
      'Deletes contacts. Refused with CONTACT_IN_USE while items are linked to them, unless you say what becomes of these.',
    args: {
      input: t.arg({ type: DeleteContactsInput, required: true, description: 'Which ones.' }),
      ...writeArgs(),
    },
    resolve: (_, args, context, info) =>
      deleteContacts(writeContextOf(context, args, info), args.input),
  }),
}));
