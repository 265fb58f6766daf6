import type { LogEntry } from '../../../domain/feed/log.ts';
import { encodeFeedPosition, feedStart, readFeedTo } from '../../../domain/feed/workspace-feed.ts';
import { defaultPageSize } from '../../../limits/page-size.ts';
import type { Reader } from '../../../postgres/client.ts';
import type { Page } from '../../../sql/page.ts';
import { checkPageArgs } from '../../../sql/page-args.ts';
import { builder } from '../builder.ts';
import { Connection, connectionOf } from '../connection.ts';
import { Change } from './change.ts';
import { changePageOf } from './change-page.ts';
import { readWhenChanged, waitArg } from './long-poll.ts';

/** Characters after which a page ends: with a last row of twice an item, the page can still be read. */
const pageCharacters = 2 * 1024 * 1024;

const ChangeConnection = connectionOf('Change', Change, false);

const order =
  'The order never changes. It is the order of commits for each board and for the contacts; changes of several of them that were committed between two reads follow board by board. A deleted board has one last entry, in place of its changes that were not read yet.';

builder.queryField('changes', (t) =>
  t.field({
    type: ChangeConnection,
    description: `All changes of your workspace: of its items, columns, boards and contacts, without gaps. ${order} To follow it, store \`endCursor\` and pass it as \`after\` at any later time: no change is missed or returned twice. \`after: "now"\` is the end. Fails with CURSOR_EXPIRED where the log does not reach back that far: read the workspace again.`,
    args: {
      first: t.arg.int({ description: 'The number of changes, 0 to 500; 50 by default.' }),
      after: t.arg.string({ description: 'Only changes after this cursor.' }),
      ...waitArg(),
    },
    resolve: async (_, { wait, ...args }, context) => {
      const { reads, cost, shared, loaders } = context;
      const { workspaceId } = context.caller;
      checkPageArgs(args);
      const after =
        args.after == null ? undefined : await feedStart(args.after, () => loaders.feedEnd());
      const size = args.first ?? defaultPageSize;
      // At the end of the feed there is nothing to read, and no turn to wait for.
      const inTurns: Reader = {
        $rows: (statement, options) => reads.list(() => reads.$rows(statement, options)),
      };
      const read = async (): Promise<Page<LogEntry>> => {
        // One that waits reads the end after it has begun to listen, so that it misses no commit in between.
        const feedEnd = await (wait ? shared.feedEnd(workspaceId) : loaders.feedEnd());
        const scope = { db: inTurns, workspaceId, size, enough: pageCharacters };
        const page = await readFeedTo(feedEnd, scope, after);
        const ends = [...page.positions.slice(0, -1), page.end];
        return {
          nodes: page.changes,
          cursor: (n) => encodeFeedPosition(ends[n] ?? page.end),
          emptyPageCursor: encodeFeedPosition(page.end),
          hasNextPage: page.hasMore,
          hasPreviousPage: after !== undefined,
        };
      };
      return new Connection({
        cost,
        args,
        isFeed: true,
        read: () => readWhenChanged(context, { logId: null, wait }, read),
      });
    },
  }),
);

const ChangePage = changePageOf(
  'Change',
  Change,
  'Some changes of a workspace, in the order of its feed.',
);

builder.subscriptionField('changes', (t) =>
  t.field({
    type: ChangePage,
    description: `The changes of your workspace, of its items, columns, boards and contacts, from the given position on: each once, without gaps. ${order} Fails with CURSOR_EXPIRED where the log does not reach back that far: read the workspace again.`,
    args: {
      after: t.arg.string({
        description:
          'The last cursor of a stream, or of the query `changes`. By default the stream begins now.',
      }),
    },
    subscribe: (_, { after }, { live, caller }) => live.workspaceChanges(caller, after),
    resolve: (page) => page,
  }),
);
