import {
  type GraphQLInputType,
  type GraphQLObjectType,
  getNamedType,
  isInterfaceType,
  isLeafType,
  isObjectType,
  isRequiredArgument,
} from 'graphql';
import { schema } from '../../../src/graphql/schema/index.ts';
import { toLiteral } from '../../support/sample-inputs.ts';
import type { Random } from './random.ts';
import { randomInput } from './values.ts';

const maxDepth = 5;

/** A document of random fields, with random arguments as literals or variables. */
export function randomDocument(random: Random): { query: string; variables: object } {
  const variables: Record<string, unknown> = {};
  const declarations: string[] = [];

  function argument(type: GraphQLInputType): string {
    const value = randomInput(random, type);
    if (random.isLucky(0.5)) {
      try {
        return toLiteral(value, type);
      } catch {
        // A value of another type has no literal of this one.
      }
    }
    const name = `v${declarations.length}`;
    declarations.push(`$${name}: ${type}`);
    variables[name] = value;
    return `$${name}`;
  }

  function selection(type: GraphQLObjectType, depth: number): string {
    const fields = Object.values(type.getFields()).filter(
      (field) => depth > 0 || isLeafType(getNamedType(field.type)),
    );
    const count = 1 + random.below(depth === maxDepth ? 2 : 4);
    const parts = Array.from({ length: count }, (_, n) => {
      if (fields.length === 0 || random.isLucky(0.05)) return '__typename';
      const field = random.pick(fields);
      const args = field.args
        .filter((arg) => isRequiredArgument(arg) || random.isLucky(0.2))
        .map((arg) => `${arg.name}: ${argument(arg.type)}`);
      const target = getNamedType(field.type);
      const directives = ['@include(if: true)', '@skip(if: null)', '@x'];
      return [
        random.isLucky(0.7) ? `a${depth}x${n}:` : '',
        field.name,
        args.length > 0 ? `(${args.join(', ')})` : '',
        random.isLucky(0.04) ? random.pick(directives) : '',
        isObjectType(target) ? selection(target, depth - 1) : '',
        isInterfaceType(target) ? '{ __typename id }' : '',
      ].join(' ');
    });
    return `{ ${parts.join(' ')} }`;
  }

  const isMutation = random.isLucky(0.3);
  const root = isMutation ? schema.getMutationType() : schema.getQueryType();
  const text = root ? selection(root, maxDepth) : '{ __typename }';
  const head = declarations.length > 0 ? `(${declarations.join(', ')})` : '';
  return { query: `${isMutation ? 'mutation' : 'query'} ${head} ${text}`, variables };
}
