/** A JSON object: a body, or the variables of an operation. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** True for an object that is no list. */
export const isJsonObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
