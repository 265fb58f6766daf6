/** JSON that is text already: it stands in an answer as it is. */
export class RawJson {
  readonly text: string;
  /** The version of what is written, where it has one: doors make tags of it. */
  readonly version: number | undefined;
  constructor(text: string, version?: number) {
    this.text = text;
    this.version = version;
  }
}

/** `JSON.stringify` for plain data, some of which may be written already. */
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
