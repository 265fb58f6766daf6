import type { Change } from '../domain/change-log.ts';
import { type ContactChange, contactsLog } from '../domain/contacts/contact-log.ts';
import { ItemStates } from '../domain/feed/item-states.ts';
import type { LogEntry } from '../domain/feed/log.ts';
import { encodePositions, now, type Position } from '../domain/feed/position.ts';
import { readBoardFeed, readContactFeed } from '../domain/feed/read.ts';
import { checkFeedFilter } from '../domain/feed/transitions.ts';
import {
  encodeFeedPosition,
  type FeedPosition,
  feedStart,
  readFeedEnd,
  readWorkspaceFeed,
} from '../domain/feed/workspace-feed.ts';
import { boardNotFound } from '../domain/not-found.ts';
import type { Connection, PrismaClient } from '../postgres/client.ts';
import { ChangeStream } from './change-stream.ts';
import { ChangeWait } from './change-wait.ts';
import { CommitChannel } from './commit-channel.ts';
import { Downloads } from './downloads.ts';
import { type Commit, LogWatch } from './log-watch.ts';
import { OpenStreams, type StreamLimits, type StreamOwner } from './open-streams.ts';
import { SharedReads } from './shared-reads.ts';
import { type ChangeStreamArgs, isNow, readStart } from './stream-start.ts';

/** Stands for all logs of a workspace in a stream of its feed. */
const allLogs = '*';

/** The live part of a process: it learns of commits, and serves the streams that wait for them. */
export class Live {
  readonly downloads: Downloads;
  readonly #db: PrismaClient;
  readonly #watch: LogWatch;
  readonly #channel: CommitChannel | undefined;
  readonly #reads: SharedReads;
  readonly #streams: OpenStreams;
  readonly #states = new ItemStates();
  readonly #listeners: ((commit: Commit) => void)[] = [];

  /** With a connection, commits of other processes are known at once; without, by polling. */
  constructor(db: PrismaClient, limits: StreamLimits, connection?: Connection) {
    this.#db = db;
    this.#watch = new LogWatch(db);
    this.#reads = new SharedReads();
    this.#streams = new OpenStreams(db, limits);
    this.downloads = new Downloads(this.#streams);
    // A pooler in transaction mode passes no notifications on.
    if (connection === undefined || connection.pooler !== undefined) return;
    this.#channel = new CommitChannel(connection, (commit) => this.#wake(commit));
    this.#channel.start();
  }

  get streamCount(): number {
    return this.#streams.size;
  }

  /** Called after each commit of this process. */
  onCommit(commit: Commit): void {
    this.#wake(commit);
    this.#channel?.report(commit);
  }

  /** Calls the listener after the commits of all processes; some may be missed. */
  listen(listener: (commit: Commit) => void): void {
    this.#listeners.push(listener);
  }

  /**
   * The changes of boards, as pages. Throws VALIDATION_ERROR, BOARD_NOT_FOUND, INVALID_CURSOR, CURSOR_EXPIRED, and
   * SERVICE_UNAVAILABLE where there are too many streams. The stream itself throws when it must end.
   */
  async boardChanges(
    owner: StreamOwner,
    args: ChangeStreamArgs,
  ): Promise<ChangeStream<Change, Position>> {
    const { workspaceId } = owner;
    const filter = args.filter ?? undefined;
    checkFeedFilter(filter);
    if (args.boardIds.includes(contactsLog)) throw boardNotFound(contactsLog, 'boardIds');
    return this.#open(owner, {
      positions: await this.#readStart(workspaceId, args),
      // A client that began now, and lost its connection before the first change, would not know where that was.
      sendsStart: isNow(args.after) && args.revisions == null,
      read: (logId, after) => {
        const scope = { workspaceId, logId, filter, states: this.#states };
        return this.#reads.run(workspaceId, ['board', logId, filter, after], () =>
          readBoardFeed(this.#db, scope, after),
        );
      },
      toCursor: encodePositions,
    });
  }

  /** The changes of contacts, like those of boards. */
  async contactChanges(
    owner: StreamOwner,
    after: string | null | undefined,
  ): Promise<ChangeStream<ContactChange, Position>> {
    const { workspaceId } = owner;
    return this.#open(owner, {
      positions: await this.#readStart(workspaceId, { boardIds: [contactsLog], after }),
      sendsStart: isNow(after),
      read: (_, position) =>
        this.#reads.run(workspaceId, ['contacts', position], () =>
          readContactFeed(this.#db, { workspaceId }, position),
        ),
      toCursor: encodePositions,
    });
  }

  /** The changes of a whole workspace, like those of boards. */
  async workspaceChanges(
    owner: StreamOwner,
    after: string | null | undefined,
  ): Promise<ChangeStream<LogEntry, FeedPosition>> {
    const { workspaceId } = owner;
    const start = await feedStart(after ?? now, () =>
      this.#reads.run(workspaceId, ['end'], () => readFeedEnd(this.#db, workspaceId)),
    );
    return this.#open(owner, {
      positions: new Map([[allLogs, start]]),
      sendsStart: isNow(after),
      read: (_, position) =>
        this.#reads.run(workspaceId, ['workspace', position], () =>
          readWorkspaceFeed(this.#db, { workspaceId }, position),
        ),
      toCursor: (positions) => encodeFeedPosition(positions.get(allLogs) ?? start),
    });
  }

  /**
   * Begins to wait for changes of a log, or (null) of any, for `timeout` milliseconds. It counts as a stream until it is
   * closed.
   */
  wait(owner: StreamOwner, logId: string | null, timeout: number): ChangeWait {
    const wait = new ChangeWait(timeout);
    const close = this.#streams.open(owner, () => wait.close());
    const unwatch = this.#watch.watch({ workspaceId: owner.workspaceId, logId }, () => wait.wake());
    wait.onClose = () => {
      close();
      unwatch();
    };
    return wait;
  }

  /** Ends all streams, and refuses new ones: their clients connect to another process. */
  drain(): void {
    this.#streams.drain();
  }

  async close(): Promise<void> {
    await this.#channel?.close();
  }

  #wake(commit: Commit): void {
    this.#watch.wake(commit);
    for (const listener of this.#listeners) listener(commit);
  }

  async #readStart(workspaceId: string, args: ChangeStreamArgs): Promise<Map<string, Position>> {
    const what = ['start', args.boardIds, args.after, args.revisions];
    // Each stream moves on in a map of its own.
    return new Map(
      await this.#reads.run(workspaceId, what, () => readStart(this.#db, workspaceId, args)),
    );
  }

  #open<Entry, At>(
    owner: StreamOwner,
    options: Omit<ConstructorParameters<typeof ChangeStream<Entry, At>>[0], 'onEnd'>,
  ): ChangeStream<Entry, At> {
    const { workspaceId } = owner;
    const cleanUps: (() => void)[] = [];
    const stream = new ChangeStream({
      ...options,
      onEnd: () => {
        for (const cleanUp of cleanUps) cleanUp();
      },
    });
    cleanUps.push(this.#streams.open(owner, (reason) => stream.end(reason)));
    for (const id of options.positions.keys()) {
      const logId = id === allLogs ? null : id;
      cleanUps.push(this.#watch.watch({ workspaceId, logId }, () => stream.wake(id)));
    }
    return stream;
  }
}
