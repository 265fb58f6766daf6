import {
  type FieldNode,
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLResolveInfo,
  getNamedType,
  isObjectType,
  isScalarType,
  isSpecifiedScalarType,
} from 'graphql';
import {
  isProjectable,
  type JsonProjection,
  type ProjectedField,
} from '../../../domain/items/read/json-projection.ts';
import type { ItemIncludes } from '../../../domain/items/read/rows.ts';
import { collectFields, type SelectionContext } from '../../execution/collect-fields.ts';
import { isDefaultResolver, type PlannedInfo } from '../../execution/planned-field.ts';
import { databaseSerializers } from '../scalars.ts';
import { selectedNames } from '../selected-names.ts';

/** The parts of items that a field selects. */
export interface ItemProjection extends ItemIncludes {
  /** Whether a cursor is selected. */
  cursors: boolean;
  /** Whether a field of the connection needs its board; undefined where items are read as rows. */
  withBoard?: boolean;
  /** Whether the revision or the ETag of a board may be selected. */
  selectsBoard: boolean;
}

/** The part of a projection that depends on the fields alone. */
type Shape = Pick<ItemProjection, 'shape' | 'cursors' | 'withBoard'>;

/** The fields of a connection that its board answers, if nothing is filtered. */
const boardFields: ReadonlySet<string> = new Set(['etag', 'revision', 'totalCount']);

/** A selected field with its nodes. */
interface Field {
  key: string;
  name: string;
  nodes: readonly FieldNode[];
  /** Undefined for a leaf. */
  type: GraphQLObjectType | undefined;
  /** False for a leaf whose value is not simply the property of its name. */
  isProperty: boolean;
}

/** By field nodes: those of a plan are the same objects for each of its requests. */
const projections = new WeakMap<readonly FieldNode[], ItemProjection>();

/** The projection of a field that returns an item or a connection of items. */
export function itemProjectionOf(info: GraphQLResolveInfo): ItemProjection {
  const { selection, fieldNodes, returnType } = info as GraphQLResolveInfo & Partial<PlannedInfo>;
  const type = getNamedType(returnType);
  // graphql-js completes rows only.
  if (selection === undefined || !isObjectType(type)) return withNames(info, { cursors: true });
  const projection =
    projections.get(fieldNodes) ?? withNames(info, readProjection(fieldNodes, type, selection));
  projections.set(fieldNodes, projection);
  return projection;
}

function withNames(info: GraphQLResolveInfo, shape: Shape): ItemProjection {
  const names = selectedNames(info);
  return {
    ...shape,
    contact: names.has('contact'),
    createdBy: names.has('createdBy'),
    selectsBoard: names.has('revision') || names.has('etag'),
  };
}

function readProjection(
  nodes: readonly FieldNode[],
  type: GraphQLObjectType,
  selection: SelectionContext,
): Shape {
  const below = (field: Pick<Field, 'nodes' | 'type'>) => selectedFields(field, selection);
  if (type.name === 'Item')
    return { shape: jsonProjectionOf(below({ nodes, type }), selection), cursors: false };
  const fields = below({ nodes, type });
  const named = (name: string) => fields.filter((field) => field.name === name);
  const inEdges = named('edges').flatMap(below);
  const rows = [...named('nodes'), ...inEdges.filter(({ name }) => name === 'node')];
  const inPages = [...inEdges, ...named('pageInfo').flatMap(below)];
  return {
    // Where nodes and edges are both selected, or twice, each selects other fields of the same rows.
    shape: rows.length > 1 ? undefined : jsonProjectionOf(rows.flatMap(below), selection),
    cursors: inPages.some(({ name }) => /cursor$/i.test(name)),
    // A field of the board alone needs no page.
    withBoard: rows.length + inPages.length > 0 && fields.some(({ name }) => boardFields.has(name)),
  };
}

function selectedFields(
  { nodes, type }: Pick<Field, 'nodes' | 'type'>,
  selection: SelectionContext,
): Field[] {
  if (type === undefined) return [];
  const selectionSets = nodes.map(({ selectionSet }) => selectionSet);
  return [...collectFields(selectionSets, type, selection)].map(([key, fieldNodes]) => {
    const name = fieldNodes[0].name.value;
    const field = type.getFields()[name];
    const fieldType = field && getNamedType(field.type);
    return {
      key,
      name,
      nodes: fieldNodes,
      type: isObjectType(fieldType) ? fieldType : undefined,
      isProperty: field !== undefined && isDefaultResolver(field) && isPlainLeaf(fieldType),
    };
  });
}

/** True where the database serializes a type's values as its scalar does. */
const isPlainLeaf = (type: GraphQLNamedType | undefined): boolean =>
  isScalarType(type) && (isSpecifiedScalarType(type) || databaseSerializers.has(type.serialize));

/** Undefined where items cannot be read as JSON text. */
function jsonProjectionOf(
  fields: readonly Field[],
  selection: SelectionContext,
): JsonProjection | undefined {
  const projection = partsOf(fields, 'Item', selection);
  return projection && isProjectable(projection) ? projection : undefined;
}

function partsOf(
  fields: readonly Field[],
  typeName: string,
  selection: SelectionContext,
): ProjectedField[] | undefined {
  const parts: ProjectedField[] = [];
  for (const field of fields) {
    const { key, name, type, isProperty } = field;
    if (name === '__typename') parts.push({ key, constant: JSON.stringify(typeName) });
    else if (type === undefined) {
      if (!isProperty) return undefined;
      parts.push({ key, field: name });
    } else {
      const below = partsOf(selectedFields(field, selection), type.name, selection);
      if (below === undefined) return undefined;
      parts.push({ key, field: name, below });
    }
  }
  return parts;
}
