import { agentPageQuery, agentSource } from '../../domain/agents.ts';
import { countRows, readPages } from '../../sql/page.ts';
import { builder } from './builder.ts';
import { Connection, connectionOf, pageArgs, single } from './connection.ts';
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
    resolve: (_, { search, ...args }, { reads, cost, caller }) => {
      const source = agentSource(caller.workspaceId);
      const query = agentPageQuery(search);
      return new Connection({
        cost,
        args,
        read: () => single(readPages(reads, source, { ...query, ...args })),
        count: (atMost) => single(countRows(reads, source, { ...query, atMost })),
      });
    },
  }),
);
