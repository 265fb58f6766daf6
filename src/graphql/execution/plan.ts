import {
  type FieldNode,
  GraphQLError,
  type GraphQLObjectType,
  type GraphQLOutputType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  type OperationDefinitionNode,
  OperationTypeNode,
} from 'graphql';
import { RawJson } from '../../raw-json.ts';
import { collectFields, type SelectionContext } from './collect-fields.ts';
import {
  type Complete,
  completeSafely,
  jsonOf,
  nonNull,
  nullable,
  serialize,
} from './complete-value.ts';
import { chain, type MaybePromise, whenAll } from './maybe-promise.ts';
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
 * introspection, wrapped resolvers, types with `isTypeOf`, invalid directives, or several mutations, which run in order.
 */
export function createPlan(
  operation: OperationDefinitionNode,
  selection: SelectionContext,
): ExecutionPlan | undefined {
  const type = selection.schema.getRootType(operation.operation);
  if (type == null) return undefined;
  try {
    if (isSequence(operation, type, selection)) return undefined;
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

const isSequence = (
  { operation, selectionSet }: OperationDefinitionNode,
  type: GraphQLObjectType,
  selection: SelectionContext,
): boolean =>
  operation === OperationTypeNode.MUTATION &&
  collectFields([selectionSet], type, selection).size > 1;

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

  /** Values as JavaScript objects, with lists and scalars that are objects as text. */
  toObject: Compile<unknown> = (type, parents) => {
    if (isNonNullType(type)) return nonNull(this.toObject(type.ofType, parents));
    if (isLeafType(type))
      return nullable(null, (value, run) => {
        const serialized = serialize(type, value);
        const json = typeof serialized === 'object' ? new RawJson(jsonOf(serialized)) : undefined;
        run.count(json === undefined ? `${serialized}`.length : json.text.length);
        return json ?? serialized;
      });
    if (isListType(type)) {
      const toJson = this.#listToJson(type.ofType, parents);
      return nullable(null, (list, run) => chain(toJson(list, run), (text) => new RawJson(text)));
    }
    const fields = this.#compileFields(type, parents, this.toObject);
    const keyLength = lengthOfKeys(fields);
    return nullable(null, (source, run) => {
      if (source instanceof RawJson) {
        run.count(source.text.length);
        return source;
      }
      run.count(keyLength, fields.length);
      return chain(executeFields(fields, source, run), (values) =>
        Object.fromEntries(fields.map(({ key }, n) => [key, values[n]])),
      );
    });
  };

  /** Values as JSON text. */
  #toJson: Compile<string> = (type, parents) => {
    if (isNonNullType(type)) return nonNull(this.#toJson(type.ofType, parents));
    if (isLeafType(type))
      return nullable('null', (value, run) => {
        const text = jsonOf(serialize(type, value));
        run.count(text.length);
        return text;
      });
    if (isListType(type)) return nullable('null', this.#listToJson(type.ofType, parents));
    const fields = this.#compileFields(type, parents, this.#toJson);
    const keys = fields.map(({ key }, n) => `${n === 0 ? '' : ','}${JSON.stringify(key)}:`);
    const join = (texts: readonly string[]) => {
      let text = '';
      for (let n = 0; n < keys.length; n++) text += `${keys[n]}${texts[n]}`;
      return `{${text}}`;
    };
    const keyLength = lengthOfKeys(fields);
    return nullable('null', (source, run) => {
      if (source instanceof RawJson) {
        run.count(source.text.length);
        return source.text;
      }
      run.count(keyLength, fields.length);
      return chain(executeFields(fields, source, run), join);
    });
  };

  #listToJson: Compile<string> = (type, parents) => {
    const complete = this.#toJson(type, parents);
    return (list, run) => {
      if (!Array.isArray(list)) throw new UnsupportedByPlan('a list must be an array');
      const texts: MaybePromise<string>[] = [];
      for (const value of list) {
        // The query has failed: thousands of rows would fail one by one.
        if (run.isEnded) break;
        texts.push(completeSafely(value, complete, run));
      }
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

/** The characters of an object's JSON beside its values. */
const lengthOfKeys = (fields: readonly { key: string }[]): number =>
  fields.reduce((sum, { key }) => sum + key.length + 4, 1);

function executeFields<Output>(
  fields: readonly CompiledField<Output>[],
  source: unknown,
  run: PlanRun,
): MaybePromise<readonly Output[]> {
  const values: MaybePromise<Output>[] = [];
  for (const { execute } of fields) values.push(execute(source, run));
  return whenAll(values);
}
