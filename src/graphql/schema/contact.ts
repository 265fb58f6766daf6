import { contactPageQuery, contactSource } from '../../domain/contacts/contacts.ts';
import { deleteContacts, mergeContacts } from '../../domain/contacts/removal.ts';
import { createContact, updateContact } from '../../domain/contacts/save.ts';
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
      description: 'The phone number, in the format that it was entered in.',
    }),
    email: t.exposeString('email', { nullable: true, description: 'The e-mail address.' }),
    createdAt: t.expose('createdAt', {
      type: 'DateTime',
      description: 'When the contact was created.',
    }),
    updatedAt: t.expose('updatedAt', {
      type: 'DateTime',
      description: 'When the contact was last changed.',
    }),
  }),
});

const ContactConnection = connectionOf('Contact', Contact);

builder.queryFields((t) => ({
  contact: t.field({
    type: Contact,
    nullable: true,
    description: 'A contact by its id; null if it does not exist.',
    args: { id: t.arg.id({ required: true, description: 'The id of the contact.' }) },
    resolve: (_, { id }, { loaders }) => loaders.contact.load(id),
  }),
  contacts: t.field({
    type: ContactConnection,
    description: 'The contacts of your workspace, oldest first.',
    args: {
      search: t.arg.string({
        description: 'A part of the name, the phone number or the e-mail address.',
      }),
      ...pageArgs(),
    },
    resolve: (_, { search, ...args }, { reads, cost, caller }) => {
      const source = contactSource(caller.workspaceId);
      const query = contactPageQuery(search);
      return new Connection({
        cost,
        args,
        read: () => single(readPages(reads, source, { ...query, ...args })),
        count: (atMost) => single(countRows(reads, source, { ...query, atMost })),
      });
    },
  }),
}));

const ContactPayload = builder
  .objectRef<{ contact: typeof Contact.$inferType }>('ContactPayload')
  .implement({
    description: 'The result of writing a contact.',
    fields: (t) => ({
      contact: t.field({
        type: Contact,
        description: 'The contact after the write.',
        resolve: ({ contact }) => contact,
      }),
    }),
  });

const CreateContactInput = builder.inputType('CreateContactInput', {
  description: 'A contact to create.',
  fields: (t) => ({
    name: t.string({ required: true, description: 'The full name, 1 to 200 characters.' }),
    phone: t.string({ description: 'The phone number, at most 50 characters.' }),
    email: t.string({ description: 'The e-mail address.' }),
  }),
});

const UpdateContactInput = builder.inputType('UpdateContactInput', {
  description: 'Changes to a contact; omitted fields keep their value.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'The id of the contact.' }),
    name: t.string({ description: 'The full name, 1 to 200 characters.' }),
    phone: t.string({ description: 'The phone number, at most 50 characters; null removes it.' }),
    email: t.string({ description: 'The e-mail address; null removes it.' }),
  }),
});

const DeleteContactsInput = builder.inputType('DeleteContactsInput', {
  description:
    'Contacts to delete, and what to do with the items that are linked to them: link them to another contact, unlink or delete them.',
  fields: (t) => ({
    ids: t.idList({
      required: true,
      description: 'The ids of the contacts, at most 500. Unknown ids are ignored.',
    }),
    moveItemsTo: t.id({ description: 'The id of another contact that their items are linked to.' }),
    unlinkItems: t.boolean({ description: 'Remove the contact from their items.' }),
    deleteItems: t.boolean({ description: 'Also delete their items.' }),
  }),
});

const MergeContactsInput = builder.inputType('MergeContactsInput', {
  description: 'Contacts of one person to merge.',
  fields: (t) => ({
    into: t.id({ required: true, description: 'The id of the contact to keep.' }),
    ids: t.idList({
      required: true,
      description: 'The ids of the contacts to merge into it and delete, at most 500.',
    }),
  }),
});

builder.mutationFields((t) => ({
  createContact: t.field({
    type: ContactPayload,
    nullable: true,
    description: 'Creates a contact.',
    args: {
      input: t.arg({
        type: CreateContactInput,
        required: true,
        description: 'The contact to create.',
      }),
      ...writeArgs(),
    },
    resolve: async (_, args, context, info) => ({
      contact: await createContact(writeContextOf(context, args, info), args.input),
    }),
  }),
  updateContact: t.field({
    type: ContactPayload,
    nullable: true,
    description: 'Updates a contact.',
    args: {
      input: t.arg({ type: UpdateContactInput, required: true, description: 'The changes.' }),
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
      'Merges contacts into one: links their items to it, fills in its missing phone number and e-mail address, and deletes them.',
    args: {
      input: t.arg({
        type: MergeContactsInput,
        required: true,
        description: 'The contacts to merge.',
      }),
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
      'Permanently deletes contacts. Fails with CONTACT_IN_USE if items are linked to them and the input does not handle these.',
    args: {
      input: t.arg({
        type: DeleteContactsInput,
        required: true,
        description: 'The contacts to delete.',
      }),
      ...writeArgs(),
    },
    resolve: (_, args, context, info) =>
      deleteContacts(writeContextOf(context, args, info), args.input),
  }),
}));
