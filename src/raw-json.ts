/** JSON text, which is inserted into a response as it is. */
export class RawJson {
  readonly text: string;
  /** The version of the item, if it is one. */
  readonly version: number | undefined;
  constructor(text: string, version?: number) {
    this.text = text;
    this.version = version;
  }
}

/** Data in which the JSON text is parsed: a plan returns lists as text. */
export const withoutRawJson = <Data>(data: unknown): Data => JSON.parse(stringify(data)) as Data;

/** `JSON.stringify` for plain data that may contain `RawJson`. */
export function stringify(value: unknown): string {
  if (value instanceof RawJson) return value.text;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  if (Array.isArray(value)) return `[${value.map(stringify).join(',')}]`;
  let text = '';
  for (const key in value) {
    const field = (value as Record<string, unknown>)[key];
    if (field === undefined) continue;
    text += `${text === '' ? '' : ','}${JSON.stringify(key)}:${stringify(field)}`;
  }
  return `{${text}}`;
}
