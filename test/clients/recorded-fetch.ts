import { demoKey } from '../../src/seed/demo.ts';
import type { World } from '../support/world.ts';

interface RecordedRequest {
  method: string;
  /** False where the request has the hash of its document only. */
  hasDocument: boolean;
}

/** A fetch that calls the app with the demo key, and the requests that it has sent. */
export function recordedFetch({ app }: World): {
  fetch: typeof fetch;
  requests: RecordedRequest[];
} {
  const requests: RecordedRequest[] = [];
  return {
    requests,
    async fetch(input, init = {}) {
      const url = String(input);
      const { method = 'GET', body } = init;
      const document =
        typeof body === 'string' ? JSON.parse(body).query : new URL(url).searchParams.get('query');
      requests.push({ method, hasDocument: Boolean(document) });
      const headers = new Headers(init.headers);
      headers.set('authorization', `Bearer ${demoKey}`);
      return app.fetch(url, { method, headers, ...(body != null && { body }) });
    },
  };
}
