import {
  type ContactChange as ChangeRow,
  contactChangeQuery,
  contactChangeSource,
  contactsLog,
} from '../../../domain/contacts/contact-log.ts';
import { endOfLog, now } from '../../../domain/feed/position.ts';
import { checkCursor } from '../../../domain/feed/revision-range.ts';
import { countRows, readPages, single } from '../../../sql/page.ts';
import { builder } from '../builder.ts';
import { Change, newestFirst } from '../changes/change.ts';
import { changePageOf } from '../changes/change-page.ts';
import { readWhenChanged, waitArg } from '../changes/long-poll.ts';
import { Connection, connectionOf, pageArgs } from '../connection.ts';
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
      'All changes of the contacts of your workspace, in commit order and without gaps. To follow the log, store `endCursor` and pass it as `after` at any later time: no change is missed or returned twice. At the end of the log, `endCursor` is the `after` that was passed. `after: "now"` is the end of the log.',
    args: {
      contactId: t.arg.id({
        description: 'Only changes of the contact with this id, also a deleted or merged one.',
      }),
      ...waitArg(),
      ...newestFirst(),
      ...pageArgs(),
    },
    resolve: async (_, { contactId, newestFirst, wait, ...args }, context) => {
      const { reads, cost, caller, loaders } = context;
      const { workspaceId } = caller;
      let newest: number | undefined;
      if (args.after === now) {
        newest = await loaders.contactsRevision();
        args.after = endOfLog(contactsLog, newest);
      }
      const isWholeLog = !newestFirst && contactId == null;
      const source = contactChangeSource(workspaceId, contactId ?? undefined);
      const query = contactChangeQuery(newestFirst ?? false);
      const read = async () => {
        const page = await reads.list(() =>
          single(readPages(reads, source, { ...query, ...args })),
        );
        if (isWholeLog)
          await checkCursor(
            reads,
            { workspaceId, logId: contactsLog },
            { ...args, first: page.nodes[0], newest },
          );
        return page;
      };
      return new Connection({
        cost,
        args,
        isFeed: true,
        read: () => readWhenChanged(context, { logId: contactsLog, wait }, read),
        count: (atMost) => reads.list(() => single(countRows(reads, source, { ...query, atMost }))),
      });
    },
  }),
);

const ContactChangePage = changePageOf(
  'ContactChange',
  ContactChange,
  'Some changes of contacts, in commit order.',
);

builder.subscriptionField('contactChanges', (t) =>
  t.field({
    type: ContactChangePage,
    description:
      'The changes of the contacts of your workspace, from the given position on: each once, in commit order, without gaps. Fails with CURSOR_EXPIRED where the log does not reach back that far: read the contacts again.',
    args: {
      after: t.arg.string({
        description:
          'The last cursor of a stream, or of the query `contactChanges` for all contacts. By default the stream begins now.',
      }),
    },
    subscribe: (_, { after }, { live, caller }) => live.contactChanges(caller, after),
    resolve: (page) => page,
  }),
);
