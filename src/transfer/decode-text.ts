import { invalid } from '../errors.ts';

const windows1252 = 'windows-1252';

/** The most bytes of one character that may be at the end of a chunk without its rest. */
const maxTail = 3;

/** Throws VALIDATION_ERROR for an encoding that is not known. */
function createDecoder(encoding: string, fatal: boolean): TextDecoder {
  try {
    return new TextDecoder(encoding, { fatal });
  } catch {
    throw invalid(
      'encoding',
      `must be an encoding like utf-8 or ${windows1252}, not '${encoding}'`,
    );
  }
}

/** The encoding that a byte order mark names. */
function encodingOfMark([a, b, c]: Uint8Array): string | undefined {
  if (a === 0xef && b === 0xbb && c === 0xbf) return 'utf-8';
  if (a === 0xff && b === 0xfe) return 'utf-16le';
  if (a === 0xfe && b === 0xff) return 'utf-16be';
  return undefined;
}

/** UTF-8 if all of these bytes are, otherwise windows-1252, in which any bytes are text. */
function guessEncoding(bytes: Uint8Array): string {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: true });
    return 'utf-8';
  } catch {
    return windows1252;
  }
}

/** The bytes without those of a character that is not complete; all of them where they end with ASCII. */
function withoutTail(bytes: Uint8Array): Uint8Array {
  let end = bytes.length;
  while (end > 0 && bytes.length - end < maxTail && (bytes[end - 1] ?? 0) >= 0x80) end -= 1;
  return bytes.subarray(0, end);
}

const isAscii = (bytes: Uint8Array): boolean => bytes.every((byte) => byte < 0x80);

/**
 * Decodes the bytes of a file or a body. A byte order mark decides, or else the given encoding, or else the first
 * chunk that is not ASCII: it is UTF-8 or windows-1252. Throws VALIDATION_ERROR for bytes that are not of the encoding.
 */
export async function* decodeText(
  chunks: AsyncIterable<Uint8Array>,
  encoding?: string,
): AsyncGenerator<string> {
  let decoder: TextDecoder | undefined;
  let isFirst = true;
  let held = new Uint8Array();
  const decode = (bytes: Uint8Array, isLast: boolean): string => {
    try {
      // Always as a stream: Node 20 decodes single texts of windows-1252 as Latin-1.
      return decoder?.decode(bytes, { stream: !isLast }) ?? '';
    } catch {
      throw invalid(
        'encoding',
        `is not ${decoder?.encoding}: name the encoding of the file, like ${windows1252}`,
      );
    }
  };
  for await (const chunk of chunks) {
    const bytes = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
    held = new Uint8Array();
    if (decoder === undefined) {
      if (isFirst && bytes.length < maxTail) {
        held = Uint8Array.from(bytes);
        continue;
      }
      const marked = isFirst ? encodingOfMark(bytes) : undefined;
      isFirst = false;
      const known = marked ?? encoding;
      if (known !== undefined) decoder = createDecoder(known, true);
      else {
        const whole = withoutTail(bytes);
        if (isAscii(whole)) {
          held = Uint8Array.from(bytes.subarray(whole.length));
          yield Buffer.from(whole).toString('latin1');
          continue;
        }
        decoder = createDecoder(guessEncoding(bytes), true);
      }
    }
    yield decode(bytes, false);
  }
  decoder ??= createDecoder(encoding ?? guessEncoding(held), true);
  yield decode(held, false) + decode(new Uint8Array(), true);
}
