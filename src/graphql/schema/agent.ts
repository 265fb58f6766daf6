import { agentPageQuery, agentSource } from '../../domain/agents.ts';
import { builder } from './builder.ts';
import { connectionOf, listConnection, pageArgs } from './connection.ts';
import { Node } from './node.ts';

export const Agent = builder.prismaObject('Agent', {
  description: 'A person or a program that works in the workspace. Each API key acts as an agent.',
  interfaces: [Node],
  fields: (t) => ({
    name: t.exposeString('name', { description: 'The display name.' }),
  }),
});

const AgentConnection = connectionOf('Agent', Agent);

builder.queryField('agents', (t) =>
  t.field({
    type: AgentConnection,
    description: 'The agents of your workspace, ordered by name.',
    args: { search: t.arg.string({ description: 'A part of the name.' }), ...pageArgs() },
    resolve: (_, { search, ...args }, context) => {
      const source = agentSource(context.caller.workspaceId);
      const query = agentPageQuery(search);
      return listConnection(context, { source, query }, args);
    },
  }),
);
