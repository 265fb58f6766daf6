import {
  type FieldNode,
  GraphQLError,
  type GraphQLLeafType,
  type GraphQLOutputType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  type OperationDefinitionNode,
} from 'graphql';
import { RawJson } from '../../raw-json.ts';
import { collectFields, type SelectionContext } from './collect-fields.ts';
import { chain, isPromise, type MaybePromise, whenAll } from './maybe-promise.ts';
import { type PlanRun, planField, UnsupportedByPlan } from './planned-field.ts';

/** An operation compiled into functions, which call the schema's own resolvers. */
export interface ExecutionPlan {
  /** The response's `data`. Rejects where a resolver fails or a value does not fit its type. */
  execute: (run: PlanRun) => Promise<Record<string, unknown>>;
  /** The number of its fields: about a kilobyte of memory each. */
  fieldCount: number;
}

/**
 * Compiles an operation, once for all its requests. Objects outside of lists stay objects, so that REST can read them;
 * lists become JSON text. Undefined for an operation that only graphql-js can run: one with interfaces, unions,
 * introspection, wrapped resolvers, types with `isTypeOf` or invalid directives.
 */
export function createPlan(
  operation: OperationDefinitionNode,
  selection: SelectionContext,
): ExecutionPlan | undefined {
  const type = selection.schema.getRootType(operation.operation);
  if (type == null) return undefined;
  try {
    const planner = new Planner(operation, selection);
    const complete = planner.toObject(type, [operation]);
    return {
      execute: async (run) => (await complete({}, run)) as Record<string, unknown>,
      fieldCount: planner.fieldCount,
    };
  } catch (error) {
    if (error instanceof UnsupportedByPlan || error instanceof GraphQLError) return undefined;
    throw error;
  }
}

/** CompleteValue of the GraphQL specification for one type: from a resolved value to its place in the response. */
type Complete<Output> = (value: unknown, run: PlanRun) => MaybePromise<Output>;

/** Compiles how values of a type become output; `parents` are the nodes whose selection sets apply. */
type Compile<Output> = (type: GraphQLOutputType, parents: Parents) => Complete<Output>;
type Parents = readonly Pick<FieldNode, 'selectionSet'>[];

interface CompiledField<Output> {
  key: string;
  /** Errors are returned as rejected promises, never thrown: then no other field's rejection goes unhandled. */
  execute: (source: unknown, run: PlanRun) => MaybePromise<Output>;
}

class Planner {
  readonly #operation: OperationDefinitionNode;
  readonly #selection: SelectionContext;
  #callCount = 0;
  fieldCount = 0;

  constructor(operation: OperationDefinitionNode, selection: SelectionContext) {
    this.#operation = operation;
    this.#selection = selection;
  }

  /** Values as JavaScript objects, with lists as text. */
  toObject: Compile<unknown> = (type, parents) => {
    if (isNonNullType(type)) return nonNull(this.toObject(type.ofType, parents));
    if (isLeafType(type)) return nullable(null, (value) => serialize(type, value));
    if (isListType(type)) {
      const toJson = this.#listToJson(type.ofType, parents);
      return nullable(null, (list, run) => chain(toJson(list, run), (text) => new RawJson(text)));
    }
    const fields = this.#compileFields(type, parents, this.toObject);
    return nullable(null, (source, run) =>
      source instanceof RawJson
        ? source
        : chain(executeFields(fields, source, run), (values) =>
            Object.fromEntries(fields.map(({ key }, n) => [key, values[n]])),
          ),
    );
  };

  /** Values as JSON text. */
  #toJson: Compile<string> = (type, parents) => {
    if (isNonNullType(type)) return nonNull(this.#toJson(type.ofType, parents));
    if (isLeafType(type)) return nullable('null', (value) => jsonOf(serialize(type, value)));
    if (isListType(type)) return nullable('null', this.#listToJson(type.ofType, parents));
    const fields = this.#compileFields(type, parents, this.#toJson);
    const keys = fields.map(({ key }, n) => `${n === 0 ? '' : ','}${JSON.stringify(key)}:`);
    const join = (texts: readonly string[]) => {
      let text = '';
      for (let n = 0; n < keys.length; n++) text += `${keys[n]}${texts[n]}`;
      return `{${text}}`;
    };
    return nullable('null', (source, run) =>
      source instanceof RawJson ? source.text : chain(executeFields(fields, source, run), join),
    );
  };

  #listToJson: Compile<string> = (type, parents) => {
    const complete = this.#toJson(type, parents);
    return (list, run) => {
      if (!Array.isArray(list)) throw new UnsupportedByPlan('a list must be an array');
      const texts: MaybePromise<string>[] = [];
      for (const value of list) texts.push(completeSafely(value, complete, run));
      return chain(whenAll(texts), (elements) => `[${elements.join(',')}]`);
    };
  };

  #compileFields<Output>(
    type: GraphQLOutputType,
    parents: Parents,
    compile: Compile<Output>,
  ): CompiledField<Output>[] {
    if (!isObjectType(type)) throw new UnsupportedByPlan(`${type} is an abstract type`);
    if (type.isTypeOf != null) throw new UnsupportedByPlan(`${type} checks its values`);
    const selectionSets = parents.map(({ selectionSet }) => selectionSet);
    return [...collectFields(selectionSets, type, this.#selection)].map(([key, nodes]) => {
      this.fieldCount += 1;
      const field = planField({
        parentType: type,
        nodes,
        operation: this.#operation,
        selection: this.#selection,
        reserveCall: () => this.#callCount++,
      });
      const complete = compile(field.type, nodes);
      return {
        key,
        execute(source, run) {
          try {
            return completeSafely(field.resolve(source, run), complete, run);
          } catch (error) {
            return Promise.reject(error);
          }
        },
      };
    });
  }
}

function executeFields<Output>(
  fields: readonly CompiledField<Output>[],
  source: unknown,
  run: PlanRun,
): MaybePromise<readonly Output[]> {
  const values: MaybePromise<Output>[] = [];
  for (const { execute } of fields) values.push(execute(source, run));
  return whenAll(values);
}

/** Completes a value or a promise of one. Errors are returned as rejected promises, never thrown. */
function completeSafely<Output>(
  value: MaybePromise<unknown>,
  complete: Complete<Output>,
  run: PlanRun,
): MaybePromise<Output> {
  if (isPromise(value)) return value.then((resolved) => complete(resolved, run));
  try {
    return complete(value, run);
  } catch (error) {
    return Promise.reject(error);
  }
}

const nullable =
  <Output>(ifNull: Output, complete: Complete<Output>): Complete<Output> =>
  (value, run) =>
    value == null ? ifNull : complete(value, run);

const nonNull =
  <Output>(complete: Complete<Output>): Complete<Output> =>
  (value, run) => {
    if (value == null) throw new UnsupportedByPlan('null for a non-null type');
    return complete(value, run);
  };

function serialize(type: GraphQLLeafType, value: unknown): unknown {
  const serialized = type.serialize(value);
  if (serialized == null) throw new UnsupportedByPlan(`${type} serialized a value to null`);
  return serialized;
}

function jsonOf(value: unknown): string {
  const text = JSON.stringify(value);
  if (text === undefined) throw new UnsupportedByPlan('not a JSON value');
  return text;
}
