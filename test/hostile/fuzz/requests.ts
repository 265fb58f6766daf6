import { type GraphQLInputType, type OperationDefinitionNode, parse, typeFromAST } from 'graphql';
import { schema } from '../../../src/graphql/schema/index.ts';
import { routes } from '../../../src/rest/routes.ts';
import type { AttackRequest } from '../attacker.ts';
import { randomDocument } from './documents.ts';
import { mutateText } from './mutations.ts';
import type { Random } from './random.ts';
import { randomInput, randomJson } from './values.ts';

function graphqlRequest(random: Random): AttackRequest {
  const { query, variables } = randomDocument(random);
  const others = random.isLucky(0.05) && { operationName: 'x', extensions: randomJson(random, 3) };
  const text = random.isLucky(0.2) ? mutateText(random, query) : query;
  const body = JSON.stringify({ query: text, variables, ...others });
  return { body: random.isLucky(0.1) ? mutateText(random, body) : body };
}

const endpoints = routes.map((route) => {
  const [definition] = parse(route.operation).definitions as OperationDefinitionNode[];
  const variables = (definition?.variableDefinitions ?? []).map(({ variable, type }) => ({
    name: variable.name.value,
    type: typeFromAST(schema, type as never) as GraphQLInputType,
  }));
  return { route, variables };
});

function restRequest(random: Random): AttackRequest {
  const { route, variables } = random.pick(endpoints);
  const values = Object.fromEntries(
    variables.map(({ name, type }) => [name, randomInput(random, type)]),
  );
  const url = route.path.replace(/:(\w+)/g, (_, name: string) => {
    const isUsual = name === 'boardId' && random.isLucky(0.7);
    return encodeURIComponent(isUsual ? 'board_abc123' : String(values[name]).toWellFormed());
  });
  const parameters = random
    .some(Object.entries(values), 0.5)
    .filter(([name]) => !route.path.split('/').includes(`:${name}`));
  for (const name of random.some(Object.keys(route.readers ?? {}), 0.3))
    parameters.push([name, randomJson(random, 4)]);
  const text = random.isLucky(0.05) ? mutateText(random, url).replace(/[^!-~]/g, '') : url;
  const path = `/api/crm${text}`;
  const methods = ['PATCH', 'HEAD', 'OPTIONS', 'PUT'];
  const method = random.isLucky(0.05) ? random.pick(methods) : route.method;
  if (route.method === 'GET') {
    const toText = (value: unknown) =>
      typeof value === 'object' ? JSON.stringify(value) : String(value);
    const query = new URLSearchParams(
      parameters.map(([name, value]) => [name, toText(value).toWellFormed()]),
    );
    // A stream has no end.
    const cut = route.operation.startsWith('subscription') && { cutAfter: 300 };
    return { method, path: `${path}?${query}`, ...cut };
  }
  const body = JSON.stringify(Object.fromEntries(parameters));
  return { method, path, body: random.isLucky(0.1) ? mutateText(random, body) : body };
}

/** A request to GraphQL or REST: of a valid structure, or a mutation of such a one. */
export const randomRequest = (random: Random): AttackRequest =>
  random.isLucky(0.6) ? graphqlRequest(random) : restRequest(random);
