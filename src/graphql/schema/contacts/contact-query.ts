import { builder } from '../builder.ts';
import { OrderDirection, TimeFilter } from '../items/item-filter.ts';

export const ContactFilter = builder.inputType('ContactFilter', {
  description: 'Conditions on contacts, all of which must hold.',
  fields: (t) => ({
    createdAt: t.field({ type: TimeFilter, description: 'When the contact was created.' }),
    updatedAt: t.field({ type: TimeFilter, description: 'When the contact was last changed.' }),
  }),
});

const ContactOrderField = builder.enumType('ContactOrderField', {
  description: 'Fields to sort contacts by.',
  values: {
    CREATED_AT: { description: 'When the contact was created.' },
    UPDATED_AT: { description: 'When the contact was last changed.' },
    NAME: { description: 'The name, by code point.' },
  } as const,
});

export const ContactOrder = builder.inputType('ContactOrder', {
  description: 'A sort key. Contacts that are equal in all keys are sorted by id.',
  fields: (t) => ({
    field: t.field({
      type: ContactOrderField,
      defaultValue: 'CREATED_AT',
      description: 'The field.',
    }),
    direction: t.field({
      type: OrderDirection,
      defaultValue: 'ASC',
      description: 'The direction.',
    }),
  }),
});
