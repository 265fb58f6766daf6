import type { Caller } from '../../auth/api-keys.ts';
import { Agent } from './agent.ts';
import { builder } from './builder.ts';

const Workspace = builder.prismaObject('Workspace', {
  description: 'The company that boards, contacts and agents belong to. No key sees another one.',
  fields: (t) => ({
    id: t.exposeID('id', { description: 'The id.' }),
    name: t.exposeString('name', { description: 'The name.' }),
  }),
});

const ApiScope = builder.enumType('ApiScope', {
  description: 'What a key may do.',
  values: {
    READ: { value: 'read', description: 'Queries.' },
    WRITE: { value: 'write', description: 'Mutations.' },
  } as const,
});

const Key = builder.objectRef<Caller>('ApiKey').implement({
  description: 'The key that this request was sent with.',
  fields: (t) => ({
    name: t.exposeString('keyName', { description: 'The name that it was given.' }),
    scopes: t.field({
      type: [ApiScope],
      description: 'What it may do.',
      resolve: ({ scopes }) =>
        (['read', 'write'] as const).filter((scope) => scopes.includes(scope)),
    }),
  }),
});

const Viewer = builder.objectRef<Caller>('Viewer').implement({
  description: 'Who is asking.',
  fields: (t) => ({
    workspace: t.field({
      type: Workspace,
      description: 'The workspace of the key.',
      resolve: ({ workspaceId }, _, { db }) =>
        db.workspace.findUniqueOrThrow({ where: { id: workspaceId } }),
    }),
    agent: t.field({
      type: Agent,
      description: 'The agent that the key acts as: who made what it makes.',
      resolve: ({ agentId }, _, { loaders }) => loaders.existing('agent', agentId),
    }),
    key: t.field({ type: Key, description: 'The key.', resolve: (caller) => caller }),
  }),
});

builder.queryField('viewer', (t) =>
  t.field({
    type: Viewer,
    description: 'Who is asking: the workspace, the agent and the key of this request.',
    resolve: (_, __, { caller }) => caller,
  }),
);
