import type { Route } from '../route.ts';

/** The fields of every entry of a change log. */
export const changeSelection = `revision subject id: subjectId action at: changedAt by: actor { id name } fields { field before after }`;

/** The fields of an entry of any log. */
const anyChangeSelection = `board_id: boardId version ${changeSelection}`;

/** The changes of the whole workspace, in the table of all endpoints. */
export const changeRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/changes',
    envelope: 'changes',
    operation: `query listWorkspaceChanges($after: String, $limit: Int! = 100, $wait: Int) {
      data: changes(first: $limit, after: $after, wait: $wait) {
        rows: nodes { ${anyChangeSelection} } page: pageInfo { hasNextPage endCursor }
      }
    }`,
  },
  {
    method: 'GET',
    path: '/changes/stream',
    envelope: 'changes',
    operation: `subscription streamWorkspaceChanges($after: String) {
      data: changes(after: $after) { rows: changes { ${anyChangeSelection} } cursor }
    }`,
  },
];
