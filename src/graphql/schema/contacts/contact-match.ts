import { builder } from '../builder.ts';

export const ContactMatch = builder.enumType('ContactMatch', {
  description: 'The field by which a contact is found.',
  values: {
    EMAIL: { description: 'The e-mail address, ignoring case and outer white space.' },
    PHONE: {
      description:
        'The phone number, of at least 7 digits: only the digits count, and one of the two numbers may lack the country code.',
    },
  } as const,
});

/** The contact of an item that is written. */
export const ItemContactInput = builder.inputType('ItemContactInput', {
  description:
    'The contact to link an item to: the one that has this e-mail address or phone number, which stays as it is; if there is none, a new one, created in the same transaction.',
  fields: (t) => ({
    matchOn: t.field({
      type: ContactMatch,
      required: true,
      description: 'The field by which an existing contact is found.',
    }),
    name: t.string({
      description: 'The full name, 1 to 200 characters. A new contact needs one.',
    }),
    phone: t.string({ description: 'The phone number in any format, at most 50 characters.' }),
    email: t.string({ description: 'The e-mail address.' }),
  }),
});
