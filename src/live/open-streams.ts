import { ApiError, Unauthenticated } from '../errors.ts';
import { Prisma } from '../generated/prisma/client.ts';
import type { PrismaClient } from '../postgres/client.ts';
import { textArrayParam } from '../sql/generic-plan.ts';

const { sql } = Prisma;

export interface StreamLimits {
  process: number;
  key: number;
  /** Milliseconds after which a stream is ended, plus up to a tenth, so that not all end at once. */
  maxAge: number;
}

/** The key or the token that opened a stream. */
export interface StreamOwner {
  workspaceId: string;
  keyId: string;
  /** Null for a key. */
  tokenExpiresAt: Date | null;
}

interface OpenStream {
  owner: StreamOwner;
  /** When it is ended, in milliseconds of performance.now(). */
  endsAt: number;
  end: (reason: ApiError) => void;
}

/** Milliseconds between two checks of keys and ages. */
const checkInterval = 5000;

const restarting = (message: string): ApiError =>
  new ApiError('SERVICE_UNAVAILABLE', `${message} Continue from the last cursor.`);

/** The streams of this process: their limits, and the reasons to end them. */
export class OpenStreams {
  readonly #db: PrismaClient;
  readonly #limits: StreamLimits;
  readonly #streams = new Set<OpenStream>();
  readonly #counts = new Map<string, number>();
  #timer: NodeJS.Timeout | undefined;
  #isDraining = false;

  constructor(db: PrismaClient, limits: StreamLimits) {
    this.#db = db;
    this.#limits = limits;
  }

  get size(): number {
    return this.#streams.size;
  }

  /**
   * Registers a stream, whose `end` is called when it must end. Returns a function that removes it. Throws
   * SERVICE_UNAVAILABLE where there are too many.
   */
  open(owner: StreamOwner, end: OpenStream['end']): () => void {
    if (this.#isDraining) throw restarting('The server is restarting.');
    this.#checkLimits(owner);
    const maxAge = this.#limits.maxAge * (1 + Math.random() / 10);
    const stream: OpenStream = { owner, endsAt: performance.now() + maxAge, end };
    this.#streams.add(stream);
    this.#counts.set(owner.keyId, (this.#counts.get(owner.keyId) ?? 0) + 1);
    this.#timer ??= setInterval(() => this.#check(), checkInterval).unref();
    return () => this.#remove(stream);
  }

  /** Ends all streams, and refuses new ones. */
  drain(): void {
    this.#isDraining = true;
    for (const stream of [...this.#streams]) stream.end(restarting('The server is restarting.'));
  }

  #checkLimits({ keyId }: StreamOwner): void {
    const count = this.#counts.get(keyId) ?? 0;
    const { process, key } = this.#limits;
    if (count >= key)
      throw new ApiError(
        'SERVICE_UNAVAILABLE',
        `Your key has ${count} streams and exports, which is the limit. Close one, or follow several boards in one stream.`,
      );
    if (this.#streams.size >= process)
      throw new ApiError(
        'SERVICE_UNAVAILABLE',
        `This process has ${this.#streams.size} streams and exports, which is the limit. Try again in a moment.`,
      );
  }

  #remove(stream: OpenStream): void {
    if (!this.#streams.delete(stream)) return;
    const { keyId } = stream.owner;
    const count = (this.#counts.get(keyId) ?? 1) - 1;
    if (count === 0) this.#counts.delete(keyId);
    else this.#counts.set(keyId, count);
    if (this.#streams.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  async #check(): Promise<void> {
    const now = performance.now();
    for (const { endsAt, owner, end } of [...this.#streams]) {
      if (endsAt <= now) end(restarting('The stream has reached its maximum age.'));
      else if (owner.tokenExpiresAt !== null && owner.tokenExpiresAt.getTime() <= Date.now())
        end(new Unauthenticated('The token has expired.', 'invalid_token'));
    }
    const withKeys = [...this.#streams].filter(({ owner }) => owner.tokenExpiresAt === null);
    const owners = new Map(withKeys.map(({ owner }) => [owner.keyId, owner]));
    if (owners.size === 0) return;
    const validKeys = await this.#validKeys([...owners.values()]).catch(() => undefined);
    // The database is unavailable: checked again in a moment.
    if (validKeys === undefined) return;
    for (const stream of [...this.#streams]) {
      const { keyId } = stream.owner;
      if (owners.has(keyId) && !validKeys.has(keyId)) stream.end(new Unauthenticated());
    }
  }

  async #validKeys(owners: readonly StreamOwner[]): Promise<Set<unknown>> {
    const rows = await this.#db.$rows(sql`SELECT k.id
      FROM unnest(${textArrayParam(owners.map(({ workspaceId }) => workspaceId))},
        ${textArrayParam(owners.map(({ keyId }) => keyId))}) AS o (workspace_id, key_id)
      JOIN api_key k ON k.workspace_id = o.workspace_id AND k.id = o.key_id
      WHERE k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > now())`);
    return new Set(rows.map(([id]) => id));
  }
}
