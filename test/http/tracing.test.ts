import { SpanStatusCode, trace } from '@opentelemetry/api';
import {
  InMemorySpanExporter,
  NodeTracerProvider,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-node';
import { afterAll, beforeEach, expect, it } from 'vitest';
import { useServer } from '../support/servers.ts';
import { useWorld } from '../support/world.ts';

const exporter = new InMemorySpanExporter();
const provider = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
provider.register();
afterAll(() => provider.shutdown());
beforeEach(() => exporter.reset());

const world = useWorld();
const server = useServer(world);

const headers = { authorization: 'Bearer YOUR_API_KEY', 'content-type': 'application/json' };
const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const traceparent = `00-${traceId}-00f067aa0ba902b7-01`;

async function spanOf(path: string, init: RequestInit = {}) {
  const response = await fetch(server.url + path, {
    headers: { ...headers, traceparent },
    ...init,
  });
  await response.text();
  await expect.poll(() => exporter.getFinishedSpans().length).toBe(1);
  return exporter.getFinishedSpans()[0];
}

it('has a span for a request of REST, a child of the caller', async () => {
  const span = await spanOf('/api/crm/boards/board_abc123/items?search=Secret');
  expect(span?.name).toBe('GET /boards/:boardId/items');
  expect(span?.spanContext().traceId).toBe(traceId);
  expect(span?.parentSpanContext?.spanId).toBe('00f067aa0ba902b7');
  expect(span?.attributes).toMatchObject({
    'http.request.method': 'GET',
    'http.route': '/boards/:boardId/items',
    'http.response.status_code': 200,
  });
  expect(JSON.stringify(span?.attributes)).not.toMatch(/Secret|YOUR_API_KEY/);
});

it('has a span for an operation of GraphQL, with its error', async () => {
  const query = 'query Find { items(boardId: "board_none") { nodes { id } } }';
  const span = await spanOf('/graphql', {
    method: 'POST',
    headers,
    body: JSON.stringify({ query }),
  });
  expect(span?.name).toBe('query items');
  expect(span?.attributes).toMatchObject({
    'graphql.operation.name': 'Find',
    'error.type': 'BOARD_NOT_FOUND',
  });
  expect(span?.status.code).toBe(SpanStatusCode.UNSET);
});

it('runs the request inside of its span', async () => {
  const found: (string | undefined)[] = [];
  const { $rows } = world.db;
  Object.assign(world.db, {
    $rows: (...args: Parameters<typeof $rows>) => {
      found.push(trace.getActiveSpan()?.spanContext().traceId);
      return $rows(...args);
    },
  });
  await spanOf('/api/crm/boards/board_abc123/items?limit=7');
  Object.assign(world.db, { $rows });
  expect(found.length).toBeGreaterThan(0);
  expect(new Set(found)).toEqual(new Set([traceId]));
});
