import { builder } from '../builder.ts';
import { batchMode } from '../items/item-batch-inputs.ts';
import { ContactMatch } from './contact-match.ts';

export const CreateContactInput = builder.inputType('CreateContactInput', {
  description: 'A contact to create.',
  fields: (t) => ({
    name: t.string({ required: true, description: 'The full name, 1 to 200 characters.' }),
    phone: t.string({ description: 'The phone number in any format, at most 50 characters.' }),
    email: t.string({ description: 'The e-mail address.' }),
  }),
});

export const UpdateContactInput = builder.inputType('UpdateContactInput', {
  description: 'Changes to a contact; omitted fields keep their value.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'The id of the contact.' }),
    name: t.string({ description: 'The full name, 1 to 200 characters.' }),
    phone: t.string({
      description: 'The phone number in any format, at most 50 characters; null removes it.',
    }),
    email: t.string({ description: 'The e-mail address; null removes it.' }),
  }),
});

export const DeleteContactsInput = builder.inputType('DeleteContactsInput', {
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

export const MergeContactsInput = builder.inputType('MergeContactsInput', {
  description: 'Contacts of one person to merge.',
  fields: (t) => ({
    into: t.id({ required: true, description: 'The id of the contact to keep.' }),
    ids: t.idList({
      required: true,
      description:
        'The ids of the contacts to merge into it and delete, at most 500. One that was merged before stands for the contact that it was merged into.',
    }),
  }),
});

const ContactUpsertInput = builder.inputType('ContactUpsertInput', {
  description:
    'Changes to the contact that is found, or a new contact. Omitted fields keep their value.',
  fields: (t) => ({
    name: t.string({ description: 'The full name, 1 to 200 characters. A new contact needs one.' }),
    phone: t.string({
      description: 'The phone number in any format, at most 50 characters; null removes it.',
    }),
    email: t.string({ description: 'The e-mail address; null removes it.' }),
  }),
});

export const UpsertContactsInput = builder.inputType('UpsertContactsInput', {
  description: 'Contacts to update or create.',
  fields: (t) => ({
    matchOn: t.field({
      type: ContactMatch,
      required: true,
      description:
        'The field by which an existing contact is found. It keeps the form in which it is stored.',
    }),
    contacts: t.field({
      type: [ContactUpsertInput],
      required: true,
      description: 'At most 500. They are written in this order.',
    }),
    mode: batchMode(t),
  }),
});
