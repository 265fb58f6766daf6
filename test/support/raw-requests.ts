import { demoKey } from '../../src/seed/demo.ts';
import type { World } from './world.ts';

/** An answer to the byte. */
interface Sent {
  status: number;
  text: string;
  isReplayed: boolean;
}

/** A write with an Idempotency-Key, through the GraphQL door where no path is said. */
export interface Write {
  method?: string;
  path?: string;
  body: unknown;
  key?: string;
  bearer?: string;
}

/** Sends a write. */
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

/** The status and the error's code of an answer. */
export const codeOf = ({ status, text }: Sent) => {
  const { error, errors } = JSON.parse(text);
  return [status, error?.code ?? errors?.[0].extensions.code];
};
