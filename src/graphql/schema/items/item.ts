import type { FullItem } from '../../../domain/items/read/rows.ts';
import { Agent } from '../agent.ts';
import { Board } from '../board.ts';
import { builder } from '../builder.ts';
import { Column } from '../column.ts';
import { connectionOf } from '../connection.ts';
import { Contact } from '../contacts/contact.ts';
import { Node } from '../node.ts';

export const Item = builder.prismaObject('Item', {
  description: 'An item of a board: a deal, a ticket, a lead.',
  interfaces: [Node],
  fields: (t) => ({
    boardId: t.exposeID('boardId', { description: 'The id of its board.' }),
    columnId: t.exposeID('columnId', { description: 'The id of its column.' }),
    title: t.exposeString('title', { description: 'The title, 1 to 500 characters.' }),
    position: t.exposeInt('position', {
      description: 'Its position in the column. Lower ones come first; there may be gaps.',
    }),
    values: t.expose('values', {
      type: 'ItemValues',
      description: 'Its custom fields, as they were written.',
    }),
    labels: t.exposeStringList('labels', { description: 'Its labels, at most 50.' }),
    conversationIds: t.exposeStringList('conversationIds', {
      description: 'The ids of its conversations.',
    }),
    version: t.exposeInt('version', { description: 'The number of its writes, from 1.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was created.' }),
    updatedAt: t.expose('updatedAt', {
      type: 'DateTime',
      description: 'When it was last updated.',
    }),
    board: t.field({
      type: Board,
      description: 'Its board.',
      resolve: ({ boardId }, _, { loaders }) => loaders.existing('board', boardId),
    }),
    column: t.field({
      type: Column,
      description: 'Its column.',
      resolve: ({ columnId }, _, { loaders }) => loaders.existing('column', columnId),
    }),
    contact: t.field({
      type: Contact,
      nullable: true,
      description: 'The linked contact, if any.',
      resolve: ({ contactId, contact }: FullItem, _, { loaders }) =>
        contactId === null ? null : (contact ?? loaders.contact.load(contactId)),
    }),
    createdBy: t.field({
      type: Agent,
      description: 'The agent that created it.',
      resolve: ({ createdById, createdBy }: FullItem, _, { loaders }) =>
        createdBy ?? loaders.existing('agent', createdById),
    }),
  }),
});

export const ItemConnection = connectionOf('Item', Item);
