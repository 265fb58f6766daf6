import {
  type FieldNode,
  type GraphQLObjectType,
  type GraphQLResolveInfo,
  getNamedType,
  isObjectType,
} from 'graphql';
import {
  isProjectable,
  type JsonProjection,
  type ProjectedField,
} from '../../domain/items/read/json-projection.ts';
import { collectFields, type SelectionContext } from '../execution/collect-fields.ts';
import type { PlannedInfo } from '../execution/plan.ts';

/** What is asked of items. */
export interface ItemProjection {
  /** What is selected of them, where they may come as text. */
  shape?: JsonProjection | undefined;
  /** Whether a cursor is selected. */
  cursors: boolean;
}

/** A field of a selection: its nodes, and the type that it is of where that is an object. */
interface Field {
  key: string;
  name: string;
  nodes: readonly FieldNode[];
  type: GraphQLObjectType | undefined;
  property: string;
}

const known = new WeakMap<readonly FieldNode[], ItemProjection>();

/** What a field asks of the items that it gives, or that the connection that it gives has. */
export function itemProjectionOf(info: GraphQLResolveInfo): ItemProjection {
  // The executor's info has no scope: it takes nothing but rows.
  const { scope, fieldNodes, returnType } = info as GraphQLResolveInfo & Partial<PlannedInfo>;
  const type = getNamedType(returnType);
  if (scope === undefined || !isObjectType(type)) return { cursors: true };
  const asked = known.get(fieldNodes) ?? readAsked(fieldNodes, type, scope);
  known.set(fieldNodes, asked);
  return asked;
}

function readAsked(
  nodes: readonly FieldNode[],
  type: GraphQLObjectType,
  scope: SelectionContext,
): ItemProjection {
  const below = (field: Pick<Field, 'nodes' | 'type'>) => selected(field, scope);
  if (type.name === 'Item')
    return { shape: shapeOf(below({ nodes, type }), scope), cursors: false };
  const fields = below({ nodes, type });
  const named = (name: string) => fields.filter((field) => field.name === name);
  const inEdges = named('edges').flatMap(below);
  const rows = [...named('nodes'), ...inEdges.filter(({ name }) => name === 'node')];
  const inPages = [...inEdges, ...named('pageInfo').flatMap(below)];
  const [only] = rows;
  return {
    // Rows that are selected twice, each time in another way, are read once.
    shape: only && rows.length === 1 ? shapeOf(below(only), scope) : undefined,
    cursors: inPages.some(({ name }) => /cursor$/i.test(name)),
  };
}

function selected(
  { nodes, type }: Pick<Field, 'nodes' | 'type'>,
  scope: SelectionContext,
): Field[] {
  if (type === undefined) return [];
  const sets = nodes.map(({ selectionSet }) => selectionSet);
  return [...collectFields(sets, type, scope)].map(([key, found]) => {
    const name = found[0].name.value;
    const field = type.getFields()[name];
    const of = field && getNamedType(field.type);
    const property = String(field?.extensions.pothosExposedField ?? name);
    return { key, name, nodes: found, type: isObjectType(of) ? of : undefined, property };
  });
}

/** The fields as a shape, where items can be read in it. */
function shapeOf(fields: readonly Field[], scope: SelectionContext): JsonProjection | undefined {
  const shape = partsOf(fields, { typeName: 'Item', scope });
  return isProjectable(shape) ? shape : undefined;
}

function partsOf(
  fields: readonly Field[],
  { typeName, scope }: { typeName: string; scope: SelectionContext },
): ProjectedField[] {
  return fields.map((field) => {
    const { key, name, type, property } = field;
    if (name === '__typename') return { key, constant: JSON.stringify(typeName) };
    if (type === undefined) return { key, field: property };
    return {
      key,
      field: property,
      below: partsOf(selected(field, scope), { typeName: type.name, scope }),
    };
  });
}
