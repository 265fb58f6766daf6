import { invalid } from '../../../errors.ts';
import type { Context } from '../../../request/context.ts';
import { Loaders } from '../../../request/loaders.ts';
import type { Page } from '../../../sql/page.ts';
import { builder } from '../builder.ts';

const maxWait = 30;

export const waitArg = () =>
  builder.args((t) => ({
    wait: t.int({
      description: `Seconds to wait for a change where there is none yet, 0 to ${maxWait}. Meanwhile the request counts as a stream.`,
    }),
  }));

interface LongPoll {
  /** The log that is read; null for all logs of the workspace. */
  logId: string | null;
  /** In seconds. */
  wait: number | null | undefined;
}

/** Long polling: reads a page, and again after each change of the log until it has rows or the time is over. */
export async function readWhenChanged<Row>(
  context: Context,
  { logId, wait }: LongPoll,
  read: (loaders: Loaders) => Promise<Page<Row>>,
): Promise<Page<Row>> {
  if (!wait) return read(context.loaders);
  if (wait < 0 || wait > maxWait) throw invalid('wait', `must be 0 to ${maxWait}, not ${wait}`);
  const { live, caller, lifetime, pause } = context;
  const change = live.wait(caller, logId, wait * 1000);
  const removeListener = lifetime.onCancel(() => change.close());
  try {
    let page = await read(context.loaders);
    while (page.nodes.length === 0 && change.isOpen) {
      await pause(() => change.next());
      // Loaders of their own, as those of the request have cached the empty page.
      const { db, reads, shared } = context;
      page = await read(new Loaders({ db, reads, shared, workspaceId: caller.workspaceId }));
    }
    return page;
  } finally {
    removeListener();
    change.close();
  }
}
