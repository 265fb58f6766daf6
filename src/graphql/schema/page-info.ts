import type { Page } from '../../sql/page.ts';
import { builder } from './builder.ts';

export const PageInfo = builder.objectRef<Page<unknown>>('PageInfo').implement({
  description: 'The position of a page in its list.',
  fields: (t) => ({
    hasNextPage: t.exposeBoolean('hasNextPage', { description: 'True if rows follow this page.' }),
    hasPreviousPage: t.exposeBoolean('hasPreviousPage', {
      description: 'True if rows precede this page.',
    }),
    startCursor: t.string({
      nullable: true,
      description: 'The cursor of the first row, for `before`; null for an empty page.',
      resolve: ({ nodes, cursor }) => (nodes.length === 0 ? null : cursor(0)),
    }),
    endCursor: t.string({
      nullable: true,
      description:
        'The cursor of the last row, for `after`. For an empty page it is null, or in a change log the `after` of the request.',
      resolve: ({ nodes, cursor, emptyPageCursor = null }) =>
        nodes.length === 0 ? emptyPageCursor : cursor(nodes.length - 1),
    }),
  }),
});
