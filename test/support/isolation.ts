import { setImmediate } from 'node:timers/promises';
import type { Ids, Kind } from './endpoint-calls.ts';
import type { IdSlot } from './id-slots.ts';
import type { World } from './world.ts';

/** The ids of one workspace: two of each kind where it has two. */
export interface Tenant {
  workspaceId: string;
  ids: Ids;
  others: Ids;
}

/** A way to fill a slot in which the id makes a difference. */
export interface Usage {
  kind: Kind;
  beside: readonly string[];
  /** Whether the slot takes the second id of the tenant, beside the first ones. */
  isOther: boolean;
}

export const neverId = (kind: Kind): string => `${kind}_never`;

type App = Pick<World['app'], 'fetch'>;

/** The digest of the arguments at the start of a cursor, which differs for each id. */
const cursorDigest = /"[\w-]{11}\.(?=[\w-]+")/g;

/** Sends the request of a slot. Returns the status and the body, with the id and cursors' digests blanked out. */
export async function responseTo(
  app: App,
  slot: IdSlot,
  { key, ...filling }: Parameters<IdSlot['request']>[0] & { key: string },
): Promise<string> {
  const { method, path, body } = slot.request(filling);
  const response = await app.fetch(`http://gateway.test${path}`, {
    method,
    headers: {
      authorization: `Bearer ${key}`,
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream;q=0.5',
    },
    ...(body && { body: JSON.stringify(body) }),
  });
  const text = (await textOf(response)).replaceAll(cursorDigest, '"<digest>.');
  return `${response.status} ${text}`.replaceAll(filling.id, '<id>');
}

/** The body; of a stream only what it begins with, before any change. */
async function textOf(response: Response): Promise<string> {
  if (!response.headers.get('content-type')?.startsWith('text/event-stream'))
    return response.text();
  const reader = response.body?.getReader();
  const decoder = new TextDecoder();
  let text = '';
  for (;;) {
    const chunk = await Promise.race([reader?.read(), setImmediate(undefined)]);
    if (chunk?.value === undefined) break;
    text += decoder.decode(chunk.value, { stream: true });
  }
  await reader?.cancel();
  return text;
}

/** The optional inputs to try beside the id: none, each one, each two. */
function* candidates(optional: readonly string[]): Generator<readonly string[]> {
  yield [];
  for (const one of optional) yield [one];
  for (const [n, one] of optional.entries())
    for (const two of optional.slice(n + 1)) yield [one, two];
}

/**
 * Finds, for each kind of id that a slot takes, a dry run in which the tenant's own id and one that never existed get
 * different responses. Throws a sentence for the developer where there is none.
 */
export async function findUsages(
  app: App,
  slot: IdSlot,
  { tenant, key }: { tenant: Tenant; key: string },
): Promise<Usage[]> {
  const usages: Usage[] = [];
  for (const kind of slot.kinds()) {
    const usage = await findUsage(app, slot, { tenant, key, kind });
    if (usage === undefined)
      throw new Error(
        `An id of the kind ${kind} makes no difference at ${slot.place}: name the input after the right type, or let test/support/sample-inputs.ts build a request that uses it.`,
      );
    usages.push(usage);
  }
  return usages;
}

async function findUsage(
  app: App,
  slot: IdSlot,
  { tenant, key, kind }: { tenant: Tenant; key: string; kind: Kind },
): Promise<Usage | undefined> {
  for (const beside of candidates(slot.optional)) {
    const filling = { ids: tenant.ids, beside, isDryRun: true, key };
    const never = await responseTo(app, slot, { ...filling, id: neverId(kind) });
    for (const isOther of [true, false]) {
      const id = (isOther ? tenant.others : tenant.ids)[kind];
      const own = await responseTo(app, slot, { ...filling, id });
      if (own !== never) return { kind, beside, isOther };
    }
  }
  return undefined;
}

/** The responses to an id of another tenant and to one that never existed, which must be equal. */
export async function compareForeign(
  app: App,
  slot: IdSlot,
  { usage, caller, owner, key }: { usage: Usage; caller: Tenant; owner: Tenant; key: string },
): Promise<{ foreign: string; never: string }> {
  const { kind, beside, isOther } = usage;
  const filling = { ids: caller.ids, beside, isDryRun: false, key };
  const id = (isOther ? owner.others : owner.ids)[kind];
  return {
    foreign: await responseTo(app, slot, { ...filling, id }),
    never: await responseTo(app, slot, { ...filling, id: neverId(kind) }),
  };
}
