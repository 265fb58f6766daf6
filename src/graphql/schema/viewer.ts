import type { Caller } from '../../auth/api-keys.ts';
import { Agent } from './agent.ts';
import { builder } from './builder.ts';

const Workspace = builder.prismaObject('Workspace', {
  description:
    'The tenant that boards, items, contacts and agents belong to. A key has access to one workspace.',
  fields: (t) => ({
    id: t.exposeID('id', { description: 'The id.' }),
    name: t.exposeString('name', { description: 'The name.' }),
  }),
});

const ApiScope = builder.enumType('ApiScope', {
  description: 'A permission of an API key.',
  values: {
    READ: { value: 'read', description: 'Runs queries.' },
    WRITE: { value: 'write', description: 'Runs mutations.' },
  } as const,
});

const ApiKey = builder.objectRef<Caller>('ApiKey').implement({
  description: 'The API key of this request.',
  fields: (t) => ({
    id: t.exposeID('keyId', { description: 'The id, which is not the key.' }),
    name: t.exposeString('keyName', { description: 'The name of the key.' }),
    scopes: t.field({
      type: [ApiScope],
      description: 'The permissions of the key.',
      resolve: ({ scopes }) =>
        (['read', 'write'] as const).filter((scope) => scopes.includes(scope)),
    }),
  }),
});

const Viewer = builder.objectRef<Caller>('Viewer').implement({
  description: 'The caller of this request.',
  fields: (t) => ({
    id: t.id({
      description: 'An id for caches: another one for each key.',
      resolve: ({ keyId }) => `viewer:${keyId}`,
    }),
    workspace: t.field({
      type: Workspace,
      description: 'The workspace of the key.',
      resolve: ({ workspaceId }, _, { db }) =>
        db.workspace.findUniqueOrThrow({ where: { id: workspaceId } }),
    }),
    agent: t.field({
      type: Agent,
      description: 'The agent that the key acts as. It is recorded as the author of all writes.',
      resolve: ({ agentId }, _, { loaders }) => loaders.existing('agent', agentId),
    }),
    key: t.field({ type: ApiKey, description: 'The API key.', resolve: (caller) => caller }),
  }),
});

builder.queryField('viewer', (t) =>
  t.field({
    type: Viewer,
    description: 'The workspace, the agent and the API key of this request.',
    resolve: (_, __, { caller }) => caller,
  }),
);
