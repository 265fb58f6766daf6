/** The part of fetch's `Request` that is read here; `Request` implements it. */
export interface RequestLike {
  method: string;
  /** Absolute. */
  url: string;
  headers: { get(name: string): string | null };
  body: unknown;
}

/** The connection of a client; undefined where there is none, in tests that call the app without a server. */
export type ClientConnection = { remoteAddress?: string | undefined } | null | undefined;
