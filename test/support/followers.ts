import { setTimeout as sleep } from 'node:timers/promises';
import type { Change } from './board-state.ts';
import { openStream, subscribe } from './streams.ts';

/** A change as a text: the same through GraphQL, REST and webhooks. */
export type Seen = string;

interface SeenParts {
  revision: number;
  action: string;
  id: string;
  transition?: string | null | undefined;
}

export const seenOf = ({ revision, action, id, transition }: SeenParts): Seen =>
  `${revision} ${action.toUpperCase()} ${id} ${transition?.toUpperCase() ?? ''}`.trim();

/** What a follower of a log sees, with a filter on items whose title has a text. */
export function expectedSeen(log: readonly Change[], text?: string): Seen[] {
  const titles = new Map<string, string | undefined>();
  return log.flatMap(({ subject, subjectId: id, revision, action, fields }) => {
    if (subject !== 'ITEM' || text === undefined) return [seenOf({ revision, action, id })];
    const title = fields.find(({ field }) => field === 'title');
    const [before, after] = [titles.get(id), title ? title.after : titles.get(id)];
    titles.set(id, after === null ? undefined : String(after));
    const [wasMatch, isMatch] = [before, titles.get(id)].map((one) => one?.includes(text) ?? false);
    if (!wasMatch && !isMatch) return [];
    const transition = wasMatch ? (isMatch ? 'UPDATED' : 'LEFT') : 'ENTERED';
    return [seenOf({ revision, action, id, transition })];
  });
}

interface FollowerOptions {
  door: 'graphql' | 'rest';
  /** The revision of each board where it begins. REST follows the first board. */
  starts: ReadonlyMap<string, number>;
  filter?: object | undefined;
  /** The servers, of which it uses another one after each interruption. */
  urls: readonly string[];
}

interface Page {
  boardId: string;
  cursor: string;
  seen: Seen[];
}

interface Pages {
  next(): Promise<Page | undefined>;
}

/** A client that follows boards by a stream, and resumes from its last cursor after each interruption. */
export class Follower {
  /** The changes by board, in the order of their arrival. */
  readonly seen = new Map<string, Seen[]>();
  /** How often it has connected. */
  connects = 0;
  readonly #options: FollowerOptions;
  #cursor: string | undefined;
  #isOver = false;

  constructor(options: FollowerOptions) {
    this.#options = options;
    for (const boardId of options.starts.keys()) this.seen.set(boardId, []);
  }

  /** Follows until `stop`. */
  async run(firstServer: number): Promise<void> {
    const { urls } = this.#options;
    for (let turn = firstServer; !this.#isOver; turn += 1) {
      try {
        const pages = await this.#open(urls[turn % urls.length] ?? '');
        this.connects += 1;
        for (let page = await pages.next(); page !== undefined; page = await pages.next()) {
          this.seen.get(page.boardId)?.push(...page.seen);
          this.#cursor = page.cursor;
          if (this.#isOver) return;
        }
      } catch {
        // The server was killed, or does not accept connections yet.
      }
      await sleep(50);
    }
  }

  stop(): void {
    this.#isOver = true;
  }

  async #open(url: string): Promise<Pages> {
    return this.#options.door === 'graphql' ? this.#subscribe(url) : this.#openRest(url);
  }

  async #subscribe(url: string): Promise<Pages> {
    const { starts, filter } = this.#options;
    const position =
      this.#cursor === undefined ? { revisions: [...starts.values()] } : { after: this.#cursor };
    const subscription = await subscribe(url, {
      boardIds: [...starts.keys()],
      filter,
      ...position,
    });
    return {
      async next() {
        const page = await subscription.next();
        return (
          page && {
            ...page,
            seen: page.changes.map((one) => seenOf({ ...one, id: one.subjectId })),
          }
        );
      },
    };
  }

  async #openRest(url: string): Promise<Pages> {
    const { starts, filter } = this.#options;
    const [[boardId, revision] = ['', 0]] = [...starts];
    const query = new URLSearchParams({ revision: `${revision}` });
    if (filter !== undefined) query.set('filter', JSON.stringify(filter));
    const stream = await openStream(`${url}/api/crm/boards/${boardId}/changes/stream?${query}`, {
      // As a browser resumes: it replaces the revision.
      headers: this.#cursor === undefined ? {} : { 'last-event-id': this.#cursor },
    });
    if (stream.status !== 200) throw new Error(`the stream has status ${stream.status}`);
    return {
      async next() {
        const event = await stream.next();
        if (event?.id === undefined) return undefined;
        return { boardId, cursor: event.id, seen: (event.data as SeenParts[]).map(seenOf) };
      },
    };
  }
}
