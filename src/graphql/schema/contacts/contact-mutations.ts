import { deleteContacts, mergeContacts } from '../../../domain/contacts/removal.ts';
import { createContact, updateContact } from '../../../domain/contacts/save.ts';
import { builder } from '../builder.ts';
import { Deleted } from '../delete-payload.ts';
import { writeArgs, writeContextOf } from '../write-context.ts';
import { Contact } from './contact.ts';
import {
  CreateContactInput,
  DeleteContactsInput,
  MergeContactsInput,
  UpdateContactInput,
} from './contact-inputs.ts';

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
