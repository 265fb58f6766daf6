import type { Route } from '../route.ts';

/** The fields of every entry of a change log. */
export const changeSelection = `revision subject id: subjectId action at: changedAt by: actor { id name } fields { field before after }`;

interface Log {
  path: string;
  /** The name of the operations, after their verb. */
  name: string;
  /** The field of Query and of Subscription. */
  field: string;
  selection: string;
}

/** A page and a stream of a log that has no parameters of its own. */
export const logRoutes = ({ path, name, field, selection }: Log): Route[] => [
  {
    method: 'GET',
    path,
    envelope: 'changes',
    operation: `query list${name}($after: String, $limit: Int! = 100, $wait: Int) {
      data: ${field}(first: $limit, after: $after, wait: $wait) {
        rows: nodes { ${selection} } page: pageInfo { hasNextPage endCursor }
      }
    }`,
  },
  {
    method: 'GET',
    path: `${path}/stream`,
    envelope: 'changes',
    operation: `subscription stream${name}($after: String) {
      data: ${field}(after: $after) { rows: changes { ${selection} } cursor }
    }`,
  },
];

/** The changes of the whole workspace, in the table of all endpoints. */
export const changeRoutes: readonly Route[] = logRoutes({
  path: '/changes',
  name: 'WorkspaceChanges',
  field: 'changes',
  selection: `board_id: boardId version ${changeSelection}`,
});
