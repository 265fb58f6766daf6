import {
  checkRevisions,
  decodePositions,
  endOfRevision,
  type Position,
} from '../domain/feed/position.ts';
import { checkPosition, readRevisionRanges } from '../domain/feed/revision-range.ts';
import { checkFeedFilter } from '../domain/feed/transitions.ts';
import type { ItemFilter } from '../domain/items/filter/filter.ts';
import { boardNotFound } from '../domain/not-found.ts';
import { invalid } from '../errors.ts';
import type { Connection, PrismaClient } from '../postgres/client.ts';
import { ChangeWait } from './change-wait.ts';
import { LogWatch, type Commit } from './log-watch.ts';
import { ChangeStream } from './change-stream.ts';
import { CommitChannel } from './commit-channel.ts';
import { OpenStreams, type StreamLimits, type StreamOwner } from './open-streams.ts';
import { SharedReads } from './shared-reads.ts';

const maxBoards = 50;

/** The boards that a stream follows, and where it begins: after a cursor, after revisions, or now. */
export interface ChangeStreamArgs {
  boardIds: readonly string[];
  after?: string | null | undefined;
  revisions?: readonly number[] | null | undefined;
  filter?: ItemFilter | null | undefined;
}

/** The live part of a process: it learns of commits, and serves the streams that wait for them. */
export class Live {
  readonly #db: PrismaClient;
  readonly #watch: LogWatch;
  readonly #channel: CommitChannel | undefined;
  readonly #reads: SharedReads;
  readonly #streams: OpenStreams;
  readonly #listeners: ((commit: Commit) => void)[] = [];

  /** With a connection, commits of other processes are known at once; without, by polling. */
  constructor(db: PrismaClient, limits: StreamLimits, connection?: Connection) {
    this.#db = db;
    this.#watch = new LogWatch(db);
    this.#reads = new SharedReads(db);
    this.#streams = new OpenStreams(db, limits);
    // A pooler in transaction mode passes no notifications on.
    if (connection === undefined || connection.isPooled) return;
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
   * The changes of boards, as pages. Throws VALIDATION_ERROR, BOARD_NOT_FOUND, INVALID_CURSOR, and SERVICE_UNAVAILABLE
   * where there are too many streams. The stream itself throws when it must end.
   */
  async changes(owner: StreamOwner, args: ChangeStreamArgs): Promise<ChangeStream> {
    const { workspaceId } = owner;
    const filter = args.filter ?? undefined;
    checkFeedFilter(filter);
    const positions = await this.#startOf(workspaceId, args);
    const cleanUps: (() => void)[] = [];
    const stream = new ChangeStream({
      positions,
      // A client that began now, and lost its connection before the first change, would not know where that was.
      sendsStart: args.after == null && args.revisions == null,
      read: (boardId, after) => this.#reads.read({ workspaceId, boardId, filter }, after),
      onEnd: () => {
        for (const cleanUp of cleanUps) cleanUp();
      },
    });
    cleanUps.push(this.#streams.open(owner, (reason) => stream.end(reason)));
    for (const boardId of positions.keys())
      cleanUps.push(this.#watch.watch({ workspaceId, boardId }, () => stream.wake(boardId)));
    return stream;
  }

  /** Begins to wait for changes of a board, for `timeout` milliseconds. It counts as a stream until it is closed. */
  watch(owner: StreamOwner, boardId: string, timeout: number): ChangeWait {
    const wait = new ChangeWait(timeout);
    const close = this.#streams.open(owner, () => wait.close());
    const unwatch = this.#watch.watch({ workspaceId: owner.workspaceId, boardId }, () =>
      wait.wake(),
    );
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

  async #startOf(
    workspaceId: string,
    { boardIds, after, revisions }: ChangeStreamArgs,
  ): Promise<Map<string, Position>> {
    if (boardIds.length < 1 || boardIds.length > maxBoards)
      throw invalid('boardIds', `must be 1 to ${maxBoards}, not ${boardIds.length}`);
    if (new Set(boardIds).size < boardIds.length)
      throw invalid('boardIds', 'must not have a board twice');
    const positions = after == null ? undefined : decodePositions(boardIds, after);
    if (revisions != null) checkRevisions(boardIds, revisions);
    const ranges = await readRevisionRanges(this.#db, workspaceId, boardIds);
    const starts = boardIds.map((boardId, n): [string, Position] => {
      const range = ranges.get(boardId);
      if (range === undefined) throw boardNotFound(boardId, 'boardIds');
      const start = positions?.get(boardId) ?? endOfRevision(revisions?.[n] ?? range.newest);
      checkPosition(boardId, start, range);
      return [boardId, start];
    });
    return new Map(starts);
  }
}
