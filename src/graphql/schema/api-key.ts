import type { KeyRow } from '../../auth/api-keys.ts';
import { requireScope, scopeNames } from '../../auth/scopes.ts';
import { apiKeyPageQuery, apiKeySource } from '../../domain/api-keys.ts';
import { Agent } from './agent.ts';
import { builder } from './builder.ts';
import { connectionOf, listConnection, pageArgs } from './connection.ts';
import { Node } from './node.ts';

export const ApiScope = builder.enumType('ApiScope', {
  description: 'A permission of an API key or a token. Each includes the ones before it.',
  values: {
    READ: { value: 'read', description: 'Runs queries.' },
    WRITE: { value: 'write', description: 'Runs mutations.' },
    ADMIN: { value: 'admin', description: 'Creates and revokes API keys.' },
  } as const,
});

/** The scopes that the schema has, in its order. */
export const knownScopes = ({ scopes }: { scopes: readonly string[] }) =>
  scopeNames.filter((scope) => scopes.includes(scope));

export const ApiKey = builder.objectRef<KeyRow>('ApiKey').implement({
  description: 'An API key, without its text: only a hash of it is stored.',
  interfaces: [Node],
  fields: (t) => ({
    name: t.exposeString('name', { description: 'The name of the key.' }),
    agent: t.field({
      type: Agent,
      description: 'The agent that the key acts as.',
      resolve: ({ agentId }, _, { loaders }) => loaders.existing('agent', agentId),
    }),
    scopes: t.field({
      type: [ApiScope],
      description: 'The permissions of the key.',
      resolve: knownScopes,
    }),
    rateLimit: t.exposeInt('rateLimit', {
      nullable: true,
      description: 'Requests per minute; null for the default.',
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was created.' }),
    expiresAt: t.expose('expiresAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it stops working; null for never.',
    }),
    revokedAt: t.expose('revokedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it was revoked; null if it was not.',
    }),
    lastUsedAt: t.expose('lastUsedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it was last used, to the minute.',
    }),
  }),
});

const ApiKeyConnection = connectionOf('ApiKey', ApiKey);

builder.queryField('apiKeys', (t) =>
  t.field({
    type: ApiKeyConnection,
    description:
      'The API keys of your workspace, oldest first, revoked ones too. Requires the scope `admin`.',
    args: pageArgs(),
    resolve: (_, args, context) => {
      requireScope(context.caller, 'admin');
      const source = apiKeySource(context.caller.workspaceId);
      return listConnection(context, { source, query: apiKeyPageQuery }, args);
    },
  }),
);
