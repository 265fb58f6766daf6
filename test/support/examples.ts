import { expect } from 'vitest';
import { demoKey } from '../../src/seed/demo.ts';
import { eventsOf } from './streams.ts';
import type { GraphQLReply, World } from './world.ts';

/**
 * An example of a document that can be run: a block of `curl` commands, or a GraphQL document. Its info string may name the
 * HTTP status (`sh status=412`) or the error code (`graphql error=QUERY_TOO_LARGE`) to expect; a JSON block right
 * below is part of the response, where the string "…" stands for any value.
 */
export interface Example {
  line: number;
  language: 'sh' | 'graphql';
  expected: string | undefined;
  text: string;
  response: unknown;
}

const fence = /^```(\w+)(?: \w+=(\w+))?\n(.*?)^```$(?:\n\n?^```json\n(.*?)^```$)?/gms;

export function examplesIn(markdown: string): Example[] {
  return [...markdown.matchAll(fence)].flatMap(
    ({ index, 1: language, 2: expected, 3: text = '', 4: json }) => {
      const isCurl = language === 'sh' && text.startsWith('curl ');
      if (!isCurl && language !== 'graphql') return [];
      const line = markdown.slice(0, index).split('\n').length;
      const response = json && JSON.parse(json, (_, value) => (value === '…' ? any : value));
      return [{ line, language, expected, text, response }];
    },
  );
}

const any = expect.anything();

/** The words of a shell command, with `$NAME` replaced outside of single quotes. */
const wordsOf = (command: string, variables: Readonly<Record<string, string>>): string[] =>
  (command.match(/(?:[^\s'"]|'[^']*'|"[^"]*")+/g) ?? []).map((word) =>
    word.replace(/'[^']*'|"[^"]*"|[^'"]+/g, (part) =>
      part.startsWith("'")
        ? part.slice(1, -1)
        : part.replaceAll('"', '').replace(/\$(\w+)/g, (_, name) => variables[name] ?? ''),
    ),
  );

/** A `curl` command as a request to the server at `origin`. */
export function requestOf(
  command: string,
  { origin, variables }: { origin: string; variables: Readonly<Record<string, string>> },
): Request {
  const [curl, ...words] = wordsOf(command, variables);
  expect(curl).toBe('curl');
  let [url, method, body]: (string | undefined)[] = [];
  const headers = new Headers();
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    if (word === '-X') method = words.shift();
    else if (word === '-d') body = words.shift();
    else if (word === '-H') {
      const [, name = '', value = ''] = /^([^:]+): *(.*)$/s.exec(words.shift() ?? '') ?? [];
      headers.append(name, value);
    } else if (word === '-i') continue;
    else if (word === '-o') words.shift();
    else if (word.startsWith('http') && url === undefined) url = word;
    else throw new Error(`curl's argument ${word} is not understood by this test`);
  }
  const target = url?.replace(/^http:\/\/127\.0\.0\.1:4000/, origin) ?? '';
  return new Request(target, {
    method: method ?? (body === undefined ? 'GET' : 'POST'),
    headers,
    ...(body !== undefined && { body }),
  });
}

/** Runs the examples of one document in their order; `$ETAG` and `$CURSOR` are those of the response before. */
export function exampleRunner({ app, graphql }: World) {
  const variables: Record<string, string> = {};
  const cursorIn = (json: string) =>
    /"(?:next_cursor|endCursor|cursor)": ?"([^"]+)"/.exec(json)?.[1] ?? variables.CURSOR ?? '';

  async function runCurl({ text, expected }: Example): Promise<unknown> {
    let json = '';
    for (const command of text
      .replaceAll('\\\n', ' ')
      .trim()
      .split(/\n(?=curl )/)) {
      const response = await app.fetch(
        requestOf(command, { origin: 'http://gateway.test', variables }),
      );
      json = await response.text();
      const status = response.status < 300 ? 'success' : String(response.status);
      expect(status, json).toBe(expected ?? 'success');
      variables.ETAG = response.headers.get('etag') ?? '';
      variables.CURSOR = cursorIn(json);
    }
    return json.startsWith('{') ? JSON.parse(json) : json;
  }

  /** The first event of a stream of GraphQL. */
  async function firstEvent(query: string): Promise<Pick<GraphQLReply<unknown>, 'errors'>> {
    const response = await app.fetch('http://gateway.test/graphql', {
      method: 'POST',
      headers: {
        authorization: `Bearer ${demoKey}`,
        accept: 'text/event-stream',
        'content-type': 'application/json',
      },
      body: JSON.stringify({ query }),
    });
    const events = eventsOf(response);
    const event = await events.next();
    await events.close();
    return event?.data as Pick<GraphQLReply<unknown>, 'errors'>;
  }

  async function runGraphQL({ text, expected }: Example): Promise<unknown> {
    const document = text.replaceAll('$CURSOR', variables.CURSOR ?? '');
    const reply = document.startsWith('subscription')
      ? await firstEvent(document)
      : (({ status, ...rest }) => rest)(await graphql(document));
    const codes = reply.errors?.map(({ extensions }) => extensions.code);
    expect(codes?.[0], JSON.stringify(reply.errors)).toBe(expected);
    variables.CURSOR = cursorIn(JSON.stringify(reply));
    return reply;
  }

  return (example: Example): Promise<unknown> =>
    example.language === 'sh' ? runCurl(example) : runGraphQL(example);
}
