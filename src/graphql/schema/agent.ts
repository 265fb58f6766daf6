import { agentQuestion, agentSource } from '../../domain/agents.ts';
import { countRows, readPages } from '../../sql/page.ts';
import { builder } from './builder.ts';
import { Connection, connectionOf, only, pageArgs } from './connection.ts';
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
    resolve: (_, { search, ...args }, { reads, budget, caller }) => {
      const source = agentSource(caller.workspaceId);
      const question = agentQuestion(search);
      return new Connection({
        budget,
        args,
        read: () => only(readPages(reads, source, { ...question, ...args })),
        count: (atMost) => only(countRows(reads, source, { ...question, atMost })),
      });
    },
  }),
);
