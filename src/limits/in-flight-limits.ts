import { ApiError, counted } from '../errors.ts';

/** How much of one kind a process, a workspace and a key may have in flight at once. */
export interface Shares {
  process: number;
  workspace: number;
  key: number;
}

export interface InFlightLimits {
  /** Requests. */
  requests: Shares;
  /** Bytes of bodies, documents, rows and responses. */
  bytes: Shares;
  /** Requests that wait. */
  waiting: Shares;
  /** The part that a workspace may have in flight also where others have filled the process. */
  guaranteed: { requests: number; bytes: number };
  /** Milliseconds that a request waits at most. */
  waitTimeout: number;
}

/** The requests in flight of a process, a workspace or a key. */
export interface Usage {
  name: keyof Shares;
  requests: number;
  bytes: number;
  waiting: number;
}

const mebi = 1024 * 1024;

const scopes = { process: 'in this process', workspace: 'of your workspace', key: 'of your key' };

const tooMany = (message: string): ApiError =>
  new ApiError('SERVICE_UNAVAILABLE', `${message} Try again in a moment.`);

/** The error of a request that comes when too many of its key, workspace or process wait. */
export function tooManyWaiting({ name, waiting }: Usage, limits: InFlightLimits): ApiError {
  return tooMany(
    `${waiting} requests ${scopes[name]} are waiting; the limit is ${limits.waiting[name]}.`,
  );
}

/** The error of a request that needs `more` bytes than its key, workspace or process may still hold. */
export function tooMuchMemory(
  { name, bytes }: Usage,
  more: number,
  limits: InFlightLimits,
): ApiError {
  return tooMany(
    `The requests ${scopes[name]} hold ${Math.ceil((bytes + more) / mebi)} MiB; the limit is ${limits.bytes[name] / mebi} MiB.`,
  );
}

/** The error of a request that has waited for `timeout` milliseconds. It names the limit that is reached, if it is one of requests. */
export function waitedTooLong(
  usages: readonly Usage[],
  timeout: number,
  { requests }: InFlightLimits,
): ApiError {
  const full = usages.find((usage) => usage.requests >= requests[usage.name]);
  if (full === undefined)
    return tooMany(`No memory became free for this request within ${timeout} ms.`);
  return tooMany(
    `${counted(full.requests, 'request')} ${scopes[full.name]} ${full.requests === 1 ? 'is' : 'are'} in flight, which is the limit, and none ended within ${timeout} ms.`,
  );
}
