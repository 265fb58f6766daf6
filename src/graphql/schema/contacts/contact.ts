import { contactPageQuery, contactSource } from '../../../domain/contacts/contacts.ts';
import { maxMergedIds } from '../../../domain/contacts/merged.ts';
import { builder } from '../builder.ts';
import { connectionOf, listConnection, pageArgs } from '../connection.ts';
import { Node } from '../node.ts';
import { ContactFilter, ContactOrder } from './contact-query.ts';

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
    mergedIds: t.idList({
      description: `The ids of contacts that were merged into this one, newest first, at most ${maxMergedIds}. Each still stands for this contact.`,
      resolve: ({ id }, _, { loaders }) => loaders.mergedIds.load(id),
    }),
  }),
});

const ContactConnection = connectionOf('Contact', Contact);

builder.queryFields((t) => ({
  contact: t.field({
    type: Contact,
    nullable: true,
    description:
      'A contact by its id; null if it does not exist. The id of a contact that was merged into another one returns that one.',
    args: { id: t.arg.id({ required: true, description: 'The id of the contact.' }) },
    resolve: (_, { id }, { loaders }) => loaders.contact.load(id),
  }),
  contacts: t.field({
    type: ContactConnection,
    description: 'The contacts of your workspace, oldest first unless ordered.',
    args: {
      search: t.arg.string({
        description:
          'Words that must each occur in the name, the phone number or the e-mail address, ignoring case and accents. At most 500 characters.',
      }),
      email: t.arg.string({
        description:
          'The e-mail address is equal to this one, ignoring case and outer white space.',
      }),
      phone: t.arg.string({
        description:
          'The phone number is equal to this one: only the digits count, and one of the two may lack the country code.',
      }),
      filter: t.arg({ type: ContactFilter, description: 'Conditions, all of which must hold.' }),
      orderBy: t.arg({ type: [ContactOrder], description: 'At most three sort keys.' }),
      ...pageArgs(),
    },
    resolve: (_, { search, email, phone, filter, orderBy, ...args }, context) => {
      const source = contactSource(context.caller.workspaceId);
      const query = contactPageQuery({ search, email, phone, filter, orderBy });
      return listConnection(context, { source, query }, args);
    },
  }),
}));
