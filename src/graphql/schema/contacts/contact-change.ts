import {
  type ContactChange as ChangeRow,
  contactChangeQuery,
  contactChangeSource,
} from '../../../domain/contacts/contact-log.ts';
import { builder } from '../builder.ts';
import { Change, newestFirst } from '../change.ts';
import { connectionOf, listConnection, pageArgs } from '../connection.ts';
import { Contact } from './contact.ts';

const ContactChange = builder.objectRef<ChangeRow>('ContactChange').implement({
  description:
    'An entry of the log of contacts. It is saved in the transaction of the change, and kept after the contact is deleted.',
  interfaces: [Change],
  fields: (t) => ({
    contact: t.field({
      type: Contact,
      nullable: true,
      description:
        'The current state of the contact, or of the one that it was merged into; null if it was deleted.',
      resolve: ({ subjectId }, _, { loaders }) => loaders.contact.load(subjectId),
    }),
  }),
});

const ContactChangeConnection = connectionOf('ContactChange', ContactChange);

builder.queryField('contactChanges', (t) =>
  t.field({
    type: ContactChangeConnection,
    description:
      'All changes of the contacts of your workspace, in commit order and without gaps. To follow the log, store `endCursor` and pass it as `after` at any later time: no change is missed or returned twice. At the end of the log, `endCursor` is the `after` that was passed.',
    args: {
      contactId: t.arg.id({
        description: 'Only changes of the contact with this id, also a deleted or merged one.',
      }),
      ...newestFirst(),
      ...pageArgs(),
    },
    resolve: (_, { contactId, newestFirst, ...args }, context) => {
      const source = contactChangeSource(context.caller.workspaceId, contactId ?? undefined);
      const query = contactChangeQuery(newestFirst ?? false);
      return listConnection(context, { source, query, isFeed: true }, args);
    },
  }),
);
