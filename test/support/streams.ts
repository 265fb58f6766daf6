import { onTestFinished } from 'vitest';
import { demoKey } from '../../src/seed/demo.ts';

/** An event of a stream of server-sent events. */
export interface ServerSentEvent {
  event: string;
  id?: string;
  data: unknown;
}

/** An open stream. */
export interface Stream {
  status: number;
  headers: Headers;
  /** The next event; undefined at the end. */
  next(): Promise<ServerSentEvent | undefined>;
  /** The id that comes next, which may be without an event; undefined at the end. */
  nextId(): Promise<string | undefined>;
  close(): void;
}

function parse(block: string): Partial<ServerSentEvent> {
  const fields = new Map(
    block.split('\n').map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon), line.slice(colon + 1).trimStart()] as const;
    }),
  );
  const [event, id, data] = ['event', 'id', 'data'].map((name) => fields.get(name));
  const isEvent = event !== undefined || data !== undefined;
  return {
    ...(isEvent && { event: event ?? 'message' }),
    ...(id !== undefined && { id }),
    data: data ? JSON.parse(data) : undefined,
  };
}

const isEvent = (block: Partial<ServerSentEvent>): block is ServerSentEvent =>
  block.event !== undefined;

/** Opens a stream that ends with the test. */
export async function openStream(url: string, init: RequestInit = {}): Promise<Stream> {
  const controller = new AbortController();
  onTestFinished(() => controller.abort());
  const response = await fetch(url, {
    ...init,
    signal: controller.signal,
    headers: { authorization: `Bearer ${demoKey}`, accept: 'text/event-stream', ...init.headers },
  });
  return {
    status: response.status,
    headers: response.headers,
    ...eventsOf(response),
    close: () => controller.abort(),
  };
}

/** Reads the events of a response. Comments are skipped. */
export function eventsOf({ body }: Pick<Response, 'body'>) {
  const reader = body?.getReader();
  const decoder = new TextDecoder();
  let text = '';
  /** The next block of lines; undefined at the end. */
  async function nextBlock(): Promise<Partial<ServerSentEvent> | undefined> {
    for (;;) {
      const end = text.indexOf('\n\n');
      if (end >= 0) {
        const block = parse(text.slice(0, end));
        text = text.slice(end + 2);
        return block;
      }
      const chunk = await reader?.read();
      if (chunk === undefined || chunk.done) return undefined;
      text += decoder.decode(chunk.value, { stream: true });
    }
  }
  return {
    async next(): Promise<ServerSentEvent | undefined> {
      let block = await nextBlock();
      while (block !== undefined && !isEvent(block)) block = await nextBlock();
      return block;
    },
    async nextId(): Promise<string | undefined> {
      let block = await nextBlock();
      while (block !== undefined && block.id === undefined) block = await nextBlock();
      return block?.id;
    },
    close: async () => reader?.cancel(),
  };
}

/** A change of a subscription, as `subscribe` selects it. */
export interface StreamedChange {
  revision: number;
  action: string;
  subjectId: string;
  transition: string | null;
  item: { title: string } | null;
}

export interface StreamedPage {
  boardId: string;
  cursor: string;
  changes: StreamedChange[];
}

export interface Subscription<Page extends { changes: unknown[] } = StreamedPage>
  extends Omit<Stream, 'next'> {
  /** The next page that has changes; throws the error of a stream that ends with one. */
  next(): Promise<Page | undefined>;
  /** Reads until there are so many changes. */
  take(count: number): Promise<Page['changes']>;
}

interface Failure {
  message: string;
  extensions: { code: string };
}

/** The error that ended a stream. */
export class StreamError extends Error {
  readonly code: string;
  constructor({ message, extensions }: Failure) {
    super(message);
    this.code = extensions.code;
  }
}

/** Runs a subscription with one field by GraphQL over SSE. */
export async function subscribeTo<Page extends { changes: unknown[] }>(
  url: string,
  operation: { query: string; variables?: object },
  key = demoKey,
): Promise<Subscription<Page>> {
  const stream = await openStream(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
    body: JSON.stringify(operation),
  });
  const next = async (): Promise<Page | undefined> => {
    for (;;) {
      const event = await stream.next();
      if (event === undefined || event.event === 'complete') return undefined;
      const { data, errors } = event.data as { data?: Record<string, Page>; errors?: Failure[] };
      if (errors?.[0]) throw new StreamError(errors[0]);
      const [page] = Object.values(data ?? {});
      if (page === undefined || page.changes.length > 0) return page;
    }
  };
  return {
    ...stream,
    next,
    async take(count) {
      const changes: Page['changes'] = [];
      while (changes.length < count) {
        const page = await next();
        if (page === undefined) throw new Error(`the stream ended after ${changes.length} changes`);
        changes.push(...page.changes);
      }
      return changes;
    },
  };
}

const document = `subscription ($boardIds: [ID!]!, $after: String, $revisions: [Float!], $filter: ItemFilter) {
  boardChanges(boardIds: $boardIds, after: $after, revisions: $revisions, filter: $filter) {
    boardId cursor changes { revision action subjectId transition item { title } } } }`;

/** Subscribes to the changes of boards. */
export const subscribe = (
  url: string,
  variables: { boardIds: readonly string[] } & Record<string, unknown>,
  key = demoKey,
): Promise<Subscription> => subscribeTo(url, { query: document, variables }, key);
