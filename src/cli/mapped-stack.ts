import { readFileSync } from 'node:fs';
import { SourceMap } from 'node:module';
import { fileURLToPath } from 'node:url';
import { LRUCache } from 'lru-cache';

const place = /(file:\/\/[^\s)]+\.js):(\d+):(\d+)/g;

/** Places that were looked up before: a fault that repeats does not read the maps again. */
const knownPlaces = new LRUCache<string, string>({ max: 1000 });

function readMap(url: string): SourceMap | undefined {
  try {
    return new SourceMap(JSON.parse(readFileSync(fileURLToPath(`${url}.map`), 'utf8')));
  } catch {
    // A script that is no bundle has none.
    return undefined;
  }
}

/**
 * The stack trace with the places in the sources. A source map takes dozens of megabytes, so it is read when an error is
 * printed, and not kept: Node's `--enable-source-maps` keeps all of them from the first stack that anybody reads.
 */
export function mapStack(stack: string): string {
  const maps = new Map<string, SourceMap | undefined>();
  const find = (script: string, line: number, column: number): string | undefined => {
    if (!maps.has(script)) maps.set(script, readMap(script));
    const origin = maps.get(script)?.findOrigin(line, column);
    if (origin === undefined || !('fileName' in origin)) return undefined;
    const { fileName, lineNumber, columnNumber } = origin;
    return `${fileURLToPath(new URL(fileName, script))}:${lineNumber}:${columnNumber}`;
  };
  return stack.replace(place, (found: string, ...[script = '', line, column]: string[]) => {
    const mapped = knownPlaces.get(found) ?? find(script, Number(line), Number(column)) ?? found;
    knownPlaces.set(found, mapped);
    return mapped;
  });
}
