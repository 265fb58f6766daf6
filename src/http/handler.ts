import type { RequestLike } from '../request/request-like.ts';

/** The response of a handler, as data: it is sent by `node:http`, or as fetch's `Response`. */
export interface HandlerResponse {
  status: number;
  /** Text, bytes, or the parts of a stream; null for no body. */
  body: string | Uint8Array<ArrayBuffer> | AsyncIterable<string | Uint8Array> | null;
  headers: Record<string, string>;
}

/** Handles some requests. */
export interface Handler {
  handles(method: string, path: string): boolean;
  handle(request: RequestLike, url: URL): Promise<HandlerResponse>;
}
