import type { PrismaClient } from './database/open.ts';
import { ApiError } from './errors.ts';
import type { Caller, FindCaller } from './keys.ts';
import { createLoaders, type Loaders } from './loaders.ts';

/** What one request carries, through either door. */
export interface Context {
  caller: Caller;
  db: PrismaClient;
  loaders: Loaders;
}

const unauthenticated = (): ApiError => new ApiError('UNAUTHENTICATED', 'Not authenticated');

/** The key that a request shows: as a bearer token, in the `api_key` header, or in both alike. */
function shownKey(headers: Headers): string | undefined {
  const authorization = headers.get('authorization');
  const bearer = authorization === null ? undefined : /^Bearer +(\S+) *$/i.exec(authorization)?.[1];
  const plain = headers.get('api_key') ?? undefined;
  if (authorization !== null && bearer === undefined) return undefined;
  if (bearer !== undefined && plain !== undefined && bearer !== plain) return undefined;
  return bearer ?? plain;
}

/** Who calls. Throws UNAUTHENTICATED, always with the same words. */
export async function authenticate(headers: Headers, find: FindCaller): Promise<Caller> {
  const key = shownKey(headers);
  const caller = key === undefined ? undefined : await find(key);
  if (caller === undefined) throw unauthenticated();
  return caller;
}

/** A request's context; the loaders are fresh. */
export const createContext = (db: PrismaClient, caller: Caller): Context => ({
  caller,
  db,
  loaders: createLoaders(db, caller.workspaceId),
});
