import type { GraphQLField, GraphQLObjectType, GraphQLSchema } from 'graphql';
import { pino } from 'pino';
import { createApp } from '../../src/app.ts';
import { demoKey } from '../../src/seed/demo.ts';
import { createClient, type GatewayClient, type Send } from './client.ts';
import type { World } from './world.ts';

/** A line of the gateway's log. */
export interface LogLine {
  msg: string;
  path?: (string | number)[];
  requestId?: string;
  err: { message: string };
}

/** A gateway on another schema, with the errors that it logs. */
export function createGateway(
  { db }: Pick<World, 'db'>,
  schema: GraphQLSchema,
): GatewayClient & { lines: LogLine[] } {
  const lines: LogLine[] = [];
  const log = pino({ level: 'error' }, { write: (line) => void lines.push(JSON.parse(line)) });
  const app = createApp({ db, log, rateLimit: 1_000_000, schema });
  // Its schema is not the one that OpenAPI describes.
  const send: Send = async (path, init) => app.fetch(`http://gateway.test${path}`, init);
  const client = createClient(send, demoKey, () => {});
  return { ...client, lines };
}

/** A field of an object type. */
export function fieldOf(
  schema: GraphQLSchema,
  typeName: string,
  name: string,
): GraphQLField<unknown, object> {
  const field = (schema.getType(typeName) as GraphQLObjectType).getFields()[name];
  if (field === undefined) throw new Error(`${typeName} has no field ${name}`);
  return field;
}
