import { GraphQLError } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { bodyTooLarge } from '../../http/content-type.ts';
import { toGraphQLError } from '../../mask-error.ts';

const tooLarge = (size: string, maxBytes: number) => {
  const { message, extensions } = toGraphQLError(bodyTooLarge(size, maxBytes));
  return new GraphQLError(message, { extensions: { ...extensions, http: { status: 413 } } });
};

/**
 * Limits the body of GraphQL requests, in bytes. Yoga's own limit pipes every body through three streams. Node.js
 * enforces Content-Length, so only a body without one has to be counted.
 */
export function useBodyLimit(maxBytes: number): Plugin {
  return {
    onRequestParse({ request, requestParser, setRequestParser, fetchAPI }) {
      const length = request.headers.get('content-length');
      if (length !== null && !/^\d+$/.test(length))
        throw new GraphQLError('Content-Length header is invalid.', {
          extensions: { http: { status: 400 } },
        });
      if (length !== null && Number(length) > maxBytes) throw tooLarge(length, maxBytes);
      if (length !== null || requestParser === undefined || request.body === null) return;
      setRequestParser(async ({ url, method, headers, body }) => {
        const chunks: Uint8Array[] = [];
        let size = 0;
        for await (const chunk of body as unknown as AsyncIterable<Uint8Array>) {
          size += chunk.byteLength;
          if (size > maxBytes) throw tooLarge(`at least ${size}`, maxBytes);
          chunks.push(chunk);
        }
        const init = { method, headers, body: Buffer.concat(chunks) };
        return requestParser(new fetchAPI.Request(url, init));
      });
    },
  };
}
