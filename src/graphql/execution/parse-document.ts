import { type ASTNode, type DocumentNode, Lexer, parse, Source, TokenKind } from 'graphql';
import { checkDocument, checkLimit, documentLimits } from './document-limits.ts';

/** Bytes of memory for a node of a parsed document, and for a character of its text. */
const bytesPerNode = 220;
const bytesPerCharacter = 2;

const sizes = new WeakMap<DocumentNode, number>();

/** The memory that a document of `parseDocument` takes, in bytes. */
export const bytesOf = (document: DocumentNode): number => sizes.get(document) ?? 0;

/** Parses a document within the limits. Throws QUERY_TOO_LARGE, or a GraphQLError about the syntax. */
export function parseDocument(source: string | Source, options?: object): DocumentNode {
  const text = typeof source === 'string' ? source : source.body;
  checkLimit('characters', text.length);
  checkLimit('lines', countLines(text));
  const document = parseTokens(text, options);
  checkDocument(document);
  const bytes = text.length * bytesPerCharacter + releaseTokens(document) * bytesPerNode;
  sizes.set(document, bytes);
  return document;
}

/** A line ends with `\n`, `\r` or both, as in graphql-js. */
function countLines(text: string): number {
  let count = 1;
  for (const _ of text.matchAll(/\r\n|[\n\r]/g)) count += 1;
  return count;
}

function parseTokens(text: string, options: object | undefined): DocumentNode {
  try {
    return parse(text, { ...options, maxTokens: documentLimits.tokens });
  } catch (error) {
    checkLimit('tokens', countTokens(text));
    throw error;
  }
}

/** The tokens before the end of the text, or before the first that is invalid. */
function countTokens(text: string): number {
  const lexer = new Lexer(new Source(text));
  let count = 0;
  try {
    while (lexer.advance().kind !== TokenKind.EOF) count += 1;
  } catch {
    // The parser has reported it.
  }
  return count;
}

/**
 * Removes the tokens of the document, which hold more memory than its nodes, and which errors do not need. Returns the
 * number of nodes.
 */
function releaseTokens(node: ASTNode): number {
  if (node.loc !== undefined)
    Object.assign(node.loc, { startToken: undefined, endToken: undefined });
  let count = 1;
  for (const child of Object.values(node) as unknown[]) {
    if (Array.isArray(child)) for (const element of child) count += releaseTokens(element);
    else if (isNode(child)) count += releaseTokens(child);
  }
  return count;
}

const isNode = (value: unknown): value is ASTNode =>
  typeof value === 'object' && value !== null && 'kind' in value;
