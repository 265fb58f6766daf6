import { invalid } from '../errors.ts';
import { isJsonObject, type JsonObject } from '../http/json-object.ts';
import { maxRowLength, type Row, type Rows } from './rows.ts';

/** The lines of a text, which may be empty. */
async function* linesOf(texts: AsyncIterable<string>): AsyncGenerator<string> {
  let rest = '';
  for await (const text of texts) {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > maxRowLength)
      throw invalid('The file', `has a line of more than ${maxRowLength} characters`);
    yield* lines;
  }
  yield rest;
}

/** The object of a line; undefined where it is none. */
function parseObject(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Reads NDJSON: a line is an item, or one of an export, `{"item": …}`. Throws VALIDATION_ERROR at the end of an export
 * that was cut off.
 */
export function readNdjson(texts: AsyncIterable<string>): Rows {
  async function* rows(): AsyncGenerator<Row> {
    let line = 0;
    let isCutOff = false;
    for await (const text of linesOf(texts)) {
      line += 1;
      if (text.trim() === '') continue;
      const object = parseObject(text);
      const source = [text];
      if (object === undefined) yield { line, cells: {}, source, problem: 'is not a JSON object' };
      else if (isJsonObject(object.board)) isCutOff = true;
      else if (isJsonObject(object.end)) isCutOff = false;
      else yield { line, cells: isJsonObject(object.item) ? object.item : object, source };
    }
    if (isCutOff)
      throw invalid(
        'The file',
        'has no last line {"end": …}: the export was cut off. Export again',
      );
  }
  return Object.assign(rows(), { csv: undefined });
}
