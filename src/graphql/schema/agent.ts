import { agentPageQuery, agentSource } from '../../domain/agents.ts';
import { countRows, readPages } from '../../sql/page.ts';
import { builder } from './builder.ts';
import { Connection, connectionOf, pageArgs, single } from './connection.ts';
import { Node } from './node.ts';

export const Agent = builder.prismaObject('Agent', {
  description: 'A person or a program of the workspace that works on items. A key acts as one.',
  interfaces: [Node],
  fields: (t) => ({
    name: t.exposeString('name', { description: 'The name that people see.' }),
  }),
});

const AgentConnection = connectionOf('Agent', Agent);

builder.queryField('agents', (t) =>
  t.field({
    type: AgentConnection,
    description: 'The agents of your workspace, by name.',
    args: { search: t.arg.string({ description: 'Part of the name.' }), ...pageArgs() },
    resolve: (_, { search, ...args }, { reads, cost, caller }) => {
      const source = agentSource(caller.workspaceId);
      const question = agentPageQuery(search);
      return new Connection({
        cost,
        args,
        read: () => single(readPages(reads, source, { ...question, ...args })),
        count: (atMost) => single(countRows(reads, source, { ...question, atMost })),
      });
    },
  }),
);
