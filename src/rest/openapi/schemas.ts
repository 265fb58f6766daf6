import type { JsonObject } from '../../http/json-object.ts';

/** A JSON Schema (2020-12), as in OpenAPI 3.1. */
export type JsonSchema = JsonObject;

/** The named schemas of a document, below `#/components/schemas/`. */
export class Schemas {
  readonly #schemas = new Map<string, JsonSchema>();

  /** A reference to the schema of this name, which `create` returns the first time. It may refer to itself. */
  ref(name: string, create: () => JsonSchema): JsonSchema {
    if (!this.#schemas.has(name)) {
      this.#schemas.set(name, {});
      this.#schemas.set(name, create());
    }
    return refTo(name);
  }

  /** A reference to an equal schema, or to this one under the first of the names that is free; else the schema itself. */
  share(names: readonly string[], schema: JsonSchema): JsonSchema {
    const textOf = ({ description: _, ...rest }: JsonSchema) => JSON.stringify(rest);
    for (const [name, existing] of this.#schemas)
      if (textOf(existing) === textOf(schema)) return refTo(name);
    const free = names.find((name) => !this.#schemas.has(name));
    return free === undefined ? schema : this.ref(free, () => schema);
  }

  toJson(): JsonObject {
    return Object.fromEntries([...this.#schemas].sort(([a], [b]) => (a < b ? -1 : 1)));
  }
}

const refTo = (name: string): JsonSchema => ({ $ref: `#/components/schemas/${name}` });

/** The schema, or null. */
export function nullable(schema: JsonSchema): JsonSchema {
  if (typeof schema.type === 'string') {
    const values = Array.isArray(schema.enum) ? { enum: [...schema.enum, null] } : {};
    return { ...schema, type: [schema.type, 'null'], ...values };
  }
  return '$ref' in schema ? { anyOf: [schema, { type: 'null' }] } : schema;
}

/** An object of which no property may be missing, except the optional ones. */
export const objectOf = (
  properties: Readonly<Record<string, JsonSchema>>,
  optional: readonly string[] = [],
): JsonSchema => {
  const required = Object.keys(properties).filter((name) => !optional.includes(name));
  return { type: 'object', properties, ...(required.length > 0 && { required }) };
};

/** A schema with a description, where there is one; beside a reference, that is its own. */
export const described = (
  schema: JsonSchema,
  description: string | null | undefined,
): JsonSchema => (description ? { ...schema, description } : schema);
