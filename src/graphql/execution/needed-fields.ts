import {
  type GraphQLInputObjectType,
  type GraphQLInputType,
  getNamedType,
  isInputObjectType,
} from 'graphql';
import { invalid } from '../../errors.ts';

/** The fields of an input of which it must have one, as its extension `neededFields` has them; undefined for most inputs. */
const neededFieldsOf = ({ extensions }: GraphQLInputObjectType): readonly string[] | undefined =>
  extensions.neededFields as readonly string[] | undefined;

/**
 * Why an input with these fields is refused; undefined if it is not. Without a test, an entry of a filter would match
 * everything. A field whose variable is omitted counts: it is in the literal, and no condition for this request.
 */
export function missingFieldReason(
  type: GraphQLInputType | undefined,
  names: readonly string[],
): string | undefined {
  const namedType = type && getNamedType(type);
  const needed = isInputObjectType(namedType) ? neededFieldsOf(namedType) : undefined;
  if (needed === undefined || needed.some((name) => names.includes(name))) return undefined;
  return `must have one of ${needed.join(', ')}`;
}

/** Throws VALIDATION_ERROR for an input at any place of a variable that lacks a needed field. `path` is its place. */
export function checkNeededFields(
  type: GraphQLInputType | undefined,
  value: unknown,
  path: string,
): void {
  const namedType = type && getNamedType(type);
  if (!isInputObjectType(namedType) || typeof value !== 'object' || value === null) return;
  if (Array.isArray(value)) {
    for (const [n, element] of value.entries())
      checkNeededFields(namedType, element, `${path}.${n}`);
    return;
  }
  const reason = missingFieldReason(namedType, Object.keys(value));
  if (reason !== undefined) throw invalid(path, reason);
  const fields = namedType.getFields();
  for (const [name, part] of Object.entries(value))
    checkNeededFields(fields[name]?.type, part, `${path}.${name}`);
}
