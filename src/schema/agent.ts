import { builder } from './builder.ts';
import { Node } from './node.ts';

export const Agent = builder.prismaObject('Agent', {
  description: 'A person or a program of the workspace that works on items. A key acts as one.',
  interfaces: [Node],
  fields: (t) => ({
    name: t.exposeString('name', { description: 'The name that people see.' }),
  }),
});
