import type { Caller } from '../../auth/api-keys.ts';
import { Agent } from './agent.ts';
import { ApiKey, ApiScope, knownScopes } from './api-key.ts';
import { builder } from './builder.ts';

const Workspace = builder.prismaObject('Workspace', {
  description:
    'The tenant that boards, items, contacts and agents belong to. A key or a token has access to one workspace.',
  fields: (t) => ({
    id: t.exposeID('id', { description: 'The id.' }),
    name: t.exposeString('name', { description: 'The name.' }),
  }),
});

const Viewer = builder.objectRef<Caller>('Viewer').implement({
  description: 'The caller of this request.',
  fields: (t) => ({
    id: t.id({
      description: 'An id for caches: another one for each key and person.',
      resolve: ({ keyId }) => `viewer:${keyId}`,
    }),
    workspace: t.field({
      type: Workspace,
      description: 'The workspace of the key or the token.',
      resolve: (_, __, { loaders }) => loaders.workspace(),
    }),
    agent: t.field({
      type: Agent,
      description: 'The agent that the caller acts as. It is recorded as the author of all writes.',
      resolve: ({ agentId }, _, { loaders }) => loaders.existing('agent', agentId),
    }),
    scopes: t.field({
      type: [ApiScope],
      description: 'The permissions of the key or the token.',
      resolve: knownScopes,
    }),
    tokenExpiresAt: t.expose('tokenExpiresAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When the token stops working; null for an API key.',
    }),
    key: t.field({
      type: ApiKey,
      nullable: true,
      description: 'The API key; null for a token.',
      resolve: ({ keyId, tokenExpiresAt }, _, { loaders }) =>
        tokenExpiresAt === null ? loaders.apiKey.load(keyId) : null,
    }),
  }),
});

builder.queryField('viewer', (t) =>
  t.field({
    type: Viewer,
    description: 'The workspace, the agent and the permissions of this request.',
    resolve: (_, __, { caller }) => caller,
  }),
);
