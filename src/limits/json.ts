import { ApiError } from '../errors.ts';

/** Lists and objects inside each other. Variables and filters have lower limits, whose errors name the input. */
const maxDepth = 200;
/** Elements of lists and fields of objects. */
const maxParts = 250_000;

const quote = 0x22;
const backslash = 0x5c;
const comma = 0x2c;
const openList = 0x5b;
const closeList = 0x5d;
const openObject = 0x7b;
const closeObject = 0x7d;

/**
 * Checks the size of JSON before it is parsed, which would take a hundred times as long and all of the memory. Throws
 * VALIDATION_ERROR. Text that is not JSON passes: the parser refuses it.
 */
export function checkJson(bytes: Uint8Array): void {
  let depth = 0;
  let commas = 0;
  for (let at = 0; at < bytes.length; at += 1) {
    switch (bytes[at]) {
      case quote:
        at = endOfString(bytes, at);
        break;
      case comma:
        commas += 1;
        break;
      case openList:
      case openObject:
        depth += 1;
        if (depth > maxDepth)
          throw tooLarge(`is nested more than ${maxDepth} levels deep, which is the limit`);
        break;
      case closeList:
      case closeObject:
        depth -= 1;
    }
  }
  if (commas >= maxParts)
    throw tooLarge(`has ${commas + 1} list elements and fields or more; the limit is ${maxParts}`);
}

/** The index of the quote that ends the string which begins at `start`. */
function endOfString(bytes: Uint8Array, start: number): number {
  let at = start + 1;
  while (at < bytes.length && bytes[at] !== quote) at += bytes[at] === backslash ? 2 : 1;
  return at;
}

const tooLarge = (reason: string): ApiError =>
  new ApiError('VALIDATION_ERROR', `The body ${reason}. Split the request.`);
