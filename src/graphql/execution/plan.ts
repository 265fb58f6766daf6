import {
  type FieldNode,
  type GraphQLLeafType,
  GraphQLNonNull,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLResolveInfo,
  GraphQLString,
  getArgumentValues,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  type OperationDefinitionNode,
} from 'graphql';
import { RawJson } from '../../raw-json.ts';
import { collectFields, type SelectionContext } from './collect-fields.ts';
import { chain, isPromise, type MaybePromise, whenAll } from './maybe-promise.ts';

/** What a resolver may know of its field under a plan: it decided all conditions. A row there may be `Written`. */
export interface PlannedInfo extends GraphQLResolveInfo {
  scope: SelectionContext;
}

/** One run of a plan: what is the same for all its fields. */
export interface Run {
  context: unknown;
  /** Coerced, with their defaults. */
  variables: Readonly<Record<string, unknown>>;
  /** What the fields call their resolvers with, made once for a run, however many rows a list has. */
  calls: (Call | undefined)[];
}

interface Call {
  args: object;
  info: PlannedInfo;
}

export interface Plan {
  /** From a run to the answer's `data`. Rejects where a resolver fails or a value does not fit its type. */
  run: (run: Run) => Promise<Record<string, unknown>>;
  /** How many fields it is made of: about a kilobyte each. */
  size: number;
}

/** What a plan has no words for. */
class UnsupportedByPlan extends Error {}

/**
 * An operation made into functions, once for all its requests, which call the schema's own resolvers. Outside of lists
 * objects stay objects, so that a door can look into them; what lies in a list is text. Undefined for an operation that
 * asks for more than objects, lists and scalars.
 */
export function createPlan(
  operation: OperationDefinitionNode,
  scope: SelectionContext,
): Plan | undefined {
  const type = scope.schema.getRootType(operation.operation);
  if (type == null) return undefined;
  try {
    const planner = new Planner(operation, scope);
    const answer = planner.toObject(type, [operation]);
    const run: Plan['run'] = async (run) => (await answer({}, run)) as Record<string, unknown>;
    return { run, size: planner.size };
  } catch (error) {
    if (error instanceof UnsupportedByPlan) return undefined;
    throw error;
  }
}

/** From the value that a resolver gave, which is there, to what stands in the answer. */
type Complete<Answer> = (value: unknown, run: Run) => MaybePromise<Answer>;

/** Makes the completion of a type's values; `parents` hold what is selected of them. */
type Completion<Answer> = (type: GraphQLOutputType, parents: Parents) => Complete<Answer>;
type Parents = readonly Pick<FieldNode, 'selectionSet'>[];

interface Field<Answer> {
  key: string;
  /** Never throws: a failure is a promise, so that none beside it is forgotten. */
  answer: (source: unknown, run: Run) => MaybePromise<Answer>;
}

class Planner {
  readonly #operation: OperationDefinitionNode;
  readonly #scope: SelectionContext;
  #callsCount = 0;
  /** The fields so far. */
  size = 0;

  constructor(operation: OperationDefinitionNode, scope: SelectionContext) {
    this.#operation = operation;
    this.#scope = scope;
  }

  /** Values as they stand in a JavaScript object; lists are written. */
  toObject: Completion<unknown> = (type, parents) => {
    if (isNonNullType(type)) return present(this.toObject(type.ofType, parents));
    if (isLeafType(type)) return orNull(null, (value) => serialize(type, value));
    if (isListType(type)) {
      const text = this.#list(type.ofType, parents);
      return orNull(null, (values, run) => chain(text(values, run), (done) => new RawJson(done)));
    }
    const fields = this.#fields(type, parents, this.toObject);
    return orNull(null, (source, run) =>
      source instanceof RawJson
        ? source
        : chain(answersOf(fields, source, run), (answers) =>
            Object.fromEntries(fields.map(({ key }, n) => [key, answers[n]])),
          ),
    );
  };

  /** Values as text. */
  #write: Completion<string> = (type, parents) => {
    if (isNonNullType(type)) return present(this.#write(type.ofType, parents));
    if (isLeafType(type)) return orNull('null', (value) => textOf(serialize(type, value)));
    if (isListType(type)) return orNull('null', this.#list(type.ofType, parents));
    const fields = this.#fields(type, parents, this.#write);
    const heads = fields.map(({ key }, n) => `${n === 0 ? '' : ','}${JSON.stringify(key)}:`);
    const join = (texts: readonly string[]) => {
      let text = '';
      for (let n = 0; n < heads.length; n++) text += `${heads[n]}${texts[n]}`;
      return `{${text}}`;
    };
    return orNull('null', (source, run) =>
      source instanceof RawJson ? source.text : chain(answersOf(fields, source, run), join),
    );
  };

  #list: Completion<string> = (type, parents) => {
    const write = this.#write(type, parents);
    return (values, run) => {
      if (!Array.isArray(values)) throw new UnsupportedByPlan('a list must be an array');
      const texts: MaybePromise<string>[] = [];
      for (const value of values) texts.push(finish(value, write, run));
      return chain(whenAll(texts), bracketed);
    };
  };

  #fields<Answer>(
    type: GraphQLOutputType,
    parents: Parents,
    completion: Completion<Answer>,
  ): Field<Answer>[] {
    if (!isObjectType(type)) throw new UnsupportedByPlan(`${type} is more than one type`);
    const sets = parents.map(({ selectionSet }) => selectionSet);
    return [...collectFields(sets, type, this.#scope)].map(([key, nodes]) => {
      this.size += 1;
      const { of, read } = this.#reader(type, nodes);
      const complete = completion(of, nodes);
      const answer: Field<Answer>['answer'] = (source, run) => {
        try {
          return finish(read(source, run), complete, run);
        } catch (error) {
          return Promise.reject(error);
        }
      };
      return { key, answer };
    });
  }

  /** The type of a field, and how its value is had: from a property, or by its resolver. */
  #reader(parentType: GraphQLObjectType, fieldNodes: readonly [FieldNode, ...FieldNode[]]) {
    const [node] = fieldNodes;
    const fieldName = node.name.value;
    if (fieldName === '__typename')
      return { of: new GraphQLNonNull(GraphQLString), read: () => parentType.name };
    const field = parentType.getFields()[fieldName];
    if (field === undefined) throw new UnsupportedByPlan(`${fieldName} is the executor's`);
    const { type: of, resolve } = field;
    const exposed = field.extensions.pothosExposedField;
    if (exposed !== undefined || resolve === undefined) {
      const property = String(exposed ?? fieldName);
      return { of, read: (source: unknown) => (source as Record<string, unknown>)[property] };
    }
    const { schema, fragments } = this.#scope;
    const known = {
      ...{ fieldName, fieldNodes, parentType, returnType: of, schema, fragments },
      ...{ rootValue: undefined, operation: this.#operation, scope: this.#scope },
      path: { prev: undefined, key: fieldName, typename: parentType.name },
    };
    const place = this.#callsCount++;
    const callOf = (run: Run) => {
      const args = field.args.length === 0 ? {} : getArgumentValues(field, node, run.variables);
      const call = { args, info: { ...known, variableValues: { ...run.variables } } };
      run.calls[place] = call;
      return call;
    };
    return {
      of,
      read(source: unknown, run: Run): unknown {
        const { args, info } = run.calls[place] ?? callOf(run);
        return resolve(source, args, run.context, info);
      },
    };
  }
}

function answersOf<Answer>(fields: readonly Field<Answer>[], source: unknown, run: Run) {
  const answers: MaybePromise<Answer>[] = [];
  for (const { answer } of fields) answers.push(answer(source, run));
  return whenAll(answers);
}

const bracketed = (texts: readonly string[]): string => `[${texts.join(',')}]`;

/** Completes a value, now or once it is there. Never throws. */
function finish<Answer>(
  value: MaybePromise<unknown>,
  complete: Complete<Answer>,
  run: Run,
): MaybePromise<Answer> {
  if (isPromise(value)) return value.then((found) => complete(found, run));
  try {
    return complete(value, run);
  } catch (error) {
    return Promise.reject(error);
  }
}

const orNull =
  <Answer>(none: Answer, complete: Complete<Answer>): Complete<Answer> =>
  (value, run) =>
    value == null ? none : complete(value, run);

const present =
  <Answer>(complete: Complete<Answer>): Complete<Answer> =>
  (value, run) => {
    if (value == null) throw new UnsupportedByPlan('null where there must be a value');
    return complete(value, run);
  };

function serialize(type: GraphQLLeafType, value: unknown): unknown {
  const serialized = type.serialize(value);
  if (serialized == null) throw new UnsupportedByPlan(`${type} has no such value`);
  return serialized;
}

function textOf(value: unknown): string {
  const text = JSON.stringify(value);
  if (text === undefined) throw new UnsupportedByPlan('not a value of JSON');
  return text;
}
