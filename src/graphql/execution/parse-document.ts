import {
  type ASTNode,
  type DocumentNode,
  Lexer,
  parse,
  Source,
  type Token,
  TokenKind,
} from 'graphql';
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
  checkNesting(text);
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

/** Throws QUERY_TOO_LARGE for too many brackets inside brackets. Reads the tokens only where it has so many brackets. */
function checkNesting(text: string): void {
  if ((text.match(/[[{(]/g)?.length ?? 0) <= documentLimits.nesting) return;
  let tokens = 0;
  let level = 0;
  let deepest = 0;
  for (const { kind } of tokensOf(text)) {
    tokens += 1;
    if (openers.has(kind)) deepest = Math.max(deepest, ++level);
    else if (closers.has(kind)) level -= 1;
  }
  checkLimit('tokens', tokens);
  checkLimit('nesting', deepest);
}

const openers: ReadonlySet<TokenKind> = new Set([
  TokenKind.BRACKET_L,
  TokenKind.BRACE_L,
  TokenKind.PAREN_L,
]);
const closers: ReadonlySet<TokenKind> = new Set([
  TokenKind.BRACKET_R,
  TokenKind.BRACE_R,
  TokenKind.PAREN_R,
]);

function parseTokens(text: string, options: object | undefined): DocumentNode {
  try {
    return parse(text, { ...options, maxTokens: documentLimits.tokens });
  } catch (error) {
    let tokens = 0;
    for (const _ of tokensOf(text)) tokens += 1;
    checkLimit('tokens', tokens);
    throw error;
  }
}

/** The tokens before the end of the text, or before the first that is invalid, which the parser reports. */
function* tokensOf(text: string): Generator<Token> {
  const lexer = new Lexer(new Source(text));
  try {
    while (lexer.advance().kind !== TokenKind.EOF) yield lexer.token;
  } catch {}
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
