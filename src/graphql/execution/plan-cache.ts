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

/** A query operation of a document. */
export interface Query {
  operation: OperationDefinitionNode;
  fragments: Record<string, FragmentDefinitionNode>;
  /** The names of the variables in directives: each combination of their values has its own plan. */
  directiveVariables: readonly string[];
  /** Identifies the query in the cache of plans. */
  id: number;
  /** The memory that the document takes. */
  bytes: number;
}

/** Queries by document and operation name, and their plans. */
export class PlanCache {
  readonly #queries = new WeakMap<
    GraphQLSchema,
    WeakMap<DocumentNode, Map<string, Query | null>>
  >();
  /** `plan` is undefined for a query that plans do not support. */
  readonly #plans = new LRUCache<string, { plan: ExecutionPlan | undefined }>({
    maxSize: maxBytes,
  });
  #lastId = 0;

  /** Undefined for another kind of operation, or where the document has no operation of that name. */
  queryOf(
    schema: GraphQLSchema,
    document: DocumentNode,
    operationName: string | null | undefined,
  ): Query | undefined {
    const documents = this.#queries.get(schema) ?? new WeakMap();
    this.#queries.set(schema, documents);
    const queries: Map<string, Query | null> = documents.get(document) ?? new Map();
    documents.set(document, queries);
    const name = operationName ?? '';
    const cached = queries.get(name);
    if (cached !== undefined) return cached ?? undefined;
    const operation = getOperationAST(document, operationName);
    // Unknown names are not cached: callers could fill the memory with them.
    if (operation == null) return undefined;
    const query = operation.operation === 'query' ? this.#readQuery(document, operation) : null;
    queries.set(name, query);
    return query ?? undefined;
  }

  /** Undefined where only graphql-js can run the query. */
  planOf(
    { operation, fragments, directiveVariables, id, bytes }: Query,
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

  #readQuery(document: DocumentNode, operation: OperationDefinitionNode): Query {
    const fragments: Query['fragments'] = {};
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
