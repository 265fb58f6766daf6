import { Prisma } from '../generated/prisma/client.ts';
import type { PrismaClient } from '../postgres/client.ts';
import { toText } from '../sql/decode.ts';
import { textArrayParam } from '../sql/generic-plan.ts';

const { sql } = Prisma;

/** Milliseconds between two looks at the revisions of all watched boards. */
const pollInterval = 2000;

/** A commit: that of a board, or (null) one that may have changed any board of the workspace. */
export interface Commit {
  workspaceId: string;
  boardId: string | null;
}

interface WatchedBoard {
  workspaceId: string;
  boardId: string;
  listeners: Set<() => void>;
  /** The last revision that a poll has seen; undefined before the first poll, and for a board that does not exist. */
  revision?: string | undefined;
}

/**
 * The boards that streams of this process follow. Listeners are called when a board may have changed: after each commit
 * that is reported, and when a poll finds another revision, so that a lost report delays a change and loses nothing.
 */
export class LogWatch {
  readonly #db: PrismaClient;
  readonly #boards = new Map<string, WatchedBoard>();
  #timer: NodeJS.Timeout | undefined;
  #isPolling = false;

  constructor(db: PrismaClient) {
    this.#db = db;
  }

  /** Calls the listener when the board may have changed. Returns a function that ends this. */
  watch({ workspaceId, boardId }: { workspaceId: string; boardId: string }, listener: () => void) {
    const name = JSON.stringify([workspaceId, boardId]);
    const board = this.#boards.get(name) ?? { workspaceId, boardId, listeners: new Set() };
    this.#boards.set(name, board);
    board.listeners.add(listener);
    this.#timer ??= setInterval(() => this.poll(), pollInterval).unref();
    return () => {
      board.listeners.delete(listener);
      if (board.listeners.size === 0) this.#boards.delete(name);
      if (this.#boards.size > 0) return;
      clearInterval(this.#timer);
      this.#timer = undefined;
    };
  }

  wake({ workspaceId, boardId }: Commit): void {
    if (boardId !== null) {
      call(this.#boards.get(JSON.stringify([workspaceId, boardId])));
      return;
    }
    for (const board of this.#boards.values()) if (board.workspaceId === workspaceId) call(board);
  }

  /** Calls the listeners of all boards whose revision is another one than at the last poll. */
  async poll(): Promise<void> {
    if (this.#isPolling) return;
    this.#isPolling = true;
    try {
      const boards = [...this.#boards.values()];
      const rows = await this.#db.$rows(sql`SELECT b.workspace_id, b.id, b.revision
        FROM unnest(${textArrayParam(boards.map(({ workspaceId }) => workspaceId))},
          ${textArrayParam(boards.map(({ boardId }) => boardId))}) AS w (workspace_id, board_id)
        JOIN board b ON b.workspace_id = w.workspace_id AND b.id = w.board_id`);
      const revisions = new Map(
        rows.map(([workspaceId, id, revision]) => [
          JSON.stringify([workspaceId, id]),
          toText(revision),
        ]),
      );
      for (const board of boards) {
        const revision = revisions.get(JSON.stringify([board.workspaceId, board.boardId]));
        if (revision === board.revision) continue;
        board.revision = revision;
        call(board);
      }
    } catch {
      // The database is unavailable: the next poll finds what has changed.
    } finally {
      this.#isPolling = false;
    }
  }
}

function call(board: WatchedBoard | undefined): void {
  for (const listener of board?.listeners ?? []) listener();
}
