import { demoKey } from '../../src/seed/demo.ts';
import type { GraphQLReply, World } from './world.ts';

/** A response with its body as text. */
interface Sent {
  status: number;
  text: string;
  isReplayed: boolean;
}

/** A write, with an Idempotency-Key if `key` is given; the path is /graphql by default. */
export interface Write {
  method?: string;
  path?: string;
  body: unknown;
  key?: string;
  bearer?: string;
}

export async function send(
  { app }: Pick<World, 'app'>,
  { method = 'POST', path = '/graphql', body, key, bearer = demoKey }: Write,
): Promise<Sent> {
  const response = await app.fetch(`http://gateway.test${path}`, {
    method,
    headers: {
      ...{ authorization: `Bearer ${bearer}`, 'content-type': 'application/json' },
      ...(key !== undefined && { 'idempotency-key': key }),
    },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  const replayed = response.headers.get('idempotency-replayed');
  return { status: response.status, text: await response.text(), isReplayed: replayed === 'true' };
}

/** The status and the error code of a response. */
export const codeOf = ({ status, text }: Sent) => {
  const { error, errors } = JSON.parse(text);
  return [status, error?.code ?? errors?.[0].extensions.code];
};

/** POSTs a body to /graphql unchanged. */
export async function postRaw(
  { app }: Pick<World, 'app'>,
  body: string,
  headers: Record<string, string> = {},
): Promise<GraphQLReply<unknown>> {
  const response = await app.fetch('http://gateway.test/graphql', {
    method: 'POST',
    headers: {
      authorization: `Bearer ${demoKey}`,
      'content-type': 'application/json',
      ...headers,
    },
    body,
  });
  return { status: response.status, ...(await response.json()) };
}
