import {
  type DocumentNode,
  type FragmentDefinitionNode,
  type GraphQLSchema,
  getOperationAST,
  Kind,
  type OperationDefinitionNode,
  visit,
} from 'graphql';
import { LRUCache } from 'lru-cache';
import { bytesOf } from './parse-document.ts';
import { createPlan, type ExecutionPlan } from './plan.ts';

/** Bytes of all cached plans, each with its document: a plan keeps the document in memory. */
const maxBytes = 16 * 1024 * 1024;
const bytesPerField = 1500;

/** A query or a mutation of a document. */
export interface PlannedOperation {
  operation: OperationDefinitionNode;
  fragments: Record<string, FragmentDefinitionNode>;
  /** The names of the variables in directives: each combination of their values has its own plan. */
  directiveVariables: readonly string[];
  /** Identifies the operation in the cache of plans. */
  id: number;
  /** The memory that the document takes. */
  bytes: number;
}

/** Operations by document and name, and their plans. */
export class PlanCache {
  readonly #operations = new WeakMap<
    GraphQLSchema,
    WeakMap<DocumentNode, Map<string, PlannedOperation | null>>
  >();
  /** `plan` is undefined for an operation that plans do not support. */
  readonly #plans = new LRUCache<string, { plan: ExecutionPlan | undefined }>({
    maxSize: maxBytes,
  });
  #lastId = 0;

  /** Undefined for a subscription, or where the document has no operation of that name. */
  operationOf(
    schema: GraphQLSchema,
    document: DocumentNode,
    operationName: string | null | undefined,
  ): PlannedOperation | undefined {
    const documents = this.#operations.get(schema) ?? new WeakMap();
    this.#operations.set(schema, documents);
    const byName: Map<string, PlannedOperation | null> = documents.get(document) ?? new Map();
    documents.set(document, byName);
    const name = operationName ?? '';
    const cached = byName.get(name);
    if (cached !== undefined) return cached ?? undefined;
    const operation = getOperationAST(document, operationName);
    // Unknown names are not cached: callers could fill the memory with them.
    if (operation == null) return undefined;
    const planned =
      operation.operation === 'subscription' ? null : this.#readOperation(document, operation);
    byName.set(name, planned);
    return planned ?? undefined;
  }

  /** Undefined where only graphql-js can run the operation. */
  planOf(
    { operation, fragments, directiveVariables, id, bytes }: PlannedOperation,
    schema: GraphQLSchema,
    variables: Readonly<Record<string, unknown>>,
  ): ExecutionPlan | undefined {
    const key = JSON.stringify([id, ...directiveVariables.map((name) => variables[name])]);
    const cached = this.#plans.get(key);
    if (cached !== undefined) return cached.plan;
    const plan = createPlan(operation, { schema, fragments, variables });
    const size = bytes + (1 + (plan?.fieldCount ?? 0)) * bytesPerField;
    this.#plans.set(key, { plan }, { size });
    return plan;
  }

  #readOperation(document: DocumentNode, operation: OperationDefinitionNode): PlannedOperation {
    const fragments: PlannedOperation['fragments'] = {};
    for (const definition of document.definitions) {
      if (definition.kind === Kind.FRAGMENT_DEFINITION)
        fragments[definition.name.value] = definition;
    }
    const directiveVariables = new Set<string>();
    visit(document, {
      Directive: ({ arguments: args }) => {
        for (const { value } of args ?? []) {
          if (value.kind === Kind.VARIABLE) directiveVariables.add(value.name.value);
        }
      },
    });
    this.#lastId += 1;
    return {
      operation,
      fragments,
      directiveVariables: [...directiveVariables],
      id: this.#lastId,
      bytes: bytesOf(document),
    };
  }
}
