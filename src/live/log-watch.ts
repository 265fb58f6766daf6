import { Prisma } from '../generated/prisma/client.ts';
import type { PrismaClient } from '../postgres/client.ts';
import { toText } from '../sql/decode.ts';
import { textArrayParam } from '../sql/generic-plan.ts';

const { sql } = Prisma;

/** Milliseconds between two looks at the revisions of all watched logs. */
const pollInterval = 2000;

/** The most workspaces that a look names, by which Citus asks only the parts of the tables that have them. */
const fewWorkspaces = 100;

/** A log of a workspace, or (null) all of them. */
interface Logs {
  workspaceId: string;
  logId: string | null;
}

/** The logs that may have grown with a commit. */
export type Commit = Logs;

interface WatchedLog extends Logs {
  listeners: Set<() => void>;
  /** The last revision that a poll has seen; undefined before the first poll, and for a log that does not exist. */
  revision?: string | undefined;
}

/**
 * The logs that streams of this process follow. Listeners are called when a log may have grown: after each commit that is
 * reported, and when a poll finds another revision, so that a lost report delays a change and loses nothing. Listeners to
 * all logs of a workspace are called at every poll.
 */
export class LogWatch {
  readonly #db: PrismaClient;
  readonly #logs = new Map<string, WatchedLog>();
  #timer: NodeJS.Timeout | undefined;
  #isPolling = false;

  constructor(db: PrismaClient) {
    this.#db = db;
  }

  /** Calls the listener when the log may have grown. Returns a function that ends this. */
  watch({ workspaceId, logId }: Logs, listener: () => void) {
    const name = nameOf({ workspaceId, logId });
    const log = this.#logs.get(name) ?? { workspaceId, logId, listeners: new Set() };
    this.#logs.set(name, log);
    log.listeners.add(listener);
    this.#timer ??= setInterval(() => this.poll(), pollInterval).unref();
    return () => {
      log.listeners.delete(listener);
      if (log.listeners.size === 0) this.#logs.delete(name);
      if (this.#logs.size > 0) return;
      clearInterval(this.#timer);
      this.#timer = undefined;
    };
  }

  wake({ workspaceId, logId }: Commit): void {
    if (logId !== null) {
      call(this.#logs.get(nameOf({ workspaceId, logId })));
      call(this.#logs.get(nameOf({ workspaceId, logId: null })));
      return;
    }
    for (const log of this.#logs.values()) if (log.workspaceId === workspaceId) call(log);
  }

  /** Calls the listeners of all logs whose revision is another one than at the last poll. */
  async poll(): Promise<void> {
    if (this.#isPolling) return;
    this.#isPolling = true;
    try {
      const logs = [...this.#logs.values()];
      const single = logs.filter(({ logId }) => logId !== null);
      const revisions = single.length === 0 ? new Map() : await this.#readRevisions(single);
      for (const log of logs) {
        const revision = revisions.get(nameOf(log));
        if (log.logId !== null && revision === log.revision) continue;
        log.revision = revision;
        call(log);
      }
    } catch {
      // The database is unavailable: the next poll finds what has changed.
    } finally {
      this.#isPolling = false;
    }
  }

  async #readRevisions(logs: readonly WatchedLog[]): Promise<Map<string, string>> {
    const workspaceIds = logs.map(({ workspaceId }) => workspaceId);
    const asked = sql`unnest(${textArrayParam(workspaceIds)},
      ${textArrayParam(logs.map(({ logId }) => logId ?? ''))}) AS l (workspace_id, log_id)`;
    const workspaces = new Set(workspaceIds);
    const few = textArrayParam(workspaces.size > fewWorkspaces ? [] : [...workspaces]);
    const isAsked = (id: Prisma.Sql) => sql`(cardinality(${few}) = 0 OR ${id} = ANY (${few}))`;
    const rows = await this.#db.$rows(sql`SELECT l.workspace_id, l.log_id, b.revision FROM ${asked}
      JOIN board b ON b.workspace_id = l.workspace_id AND b.id = l.log_id AND ${isAsked(sql`b.workspace_id`)}
      UNION ALL SELECT l.workspace_id, l.log_id, w.contacts_revision FROM ${asked}
      JOIN workspace w ON w.id = l.workspace_id AND l.log_id = '' AND ${isAsked(sql`w.id`)}`);
    return new Map(
      rows.map(([workspaceId, logId, revision]) => [
        nameOf({ workspaceId: toText(workspaceId), logId: toText(logId) }),
        toText(revision),
      ]),
    );
  }
}

const nameOf = ({ workspaceId, logId }: Logs): string => JSON.stringify([workspaceId, logId]);

function call(log: WatchedLog | undefined): void {
  for (const listener of log?.listeners ?? []) listener();
}
