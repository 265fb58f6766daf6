import {
  dayOf,
  days,
  emailOf,
  type FreshBoard,
  freshItems,
  highestDeal,
  phoneOf,
  scattered,
} from '../seed/fresh-data.ts';
import { at } from '../seed/version-data.ts';
import { commonWord, labels, rareWord, sources, words } from '../seed/vocabulary.ts';
import { get, graphql, send } from './request.ts';
import { countQuery, pageQuery } from './scale-queries.ts';

/** A question about a board that was just filled. */
export interface FreshQuestion {
  name: string;
  /** The nth request. Counts differ with n, because equal ones are cached. */
  request: (board: FreshBoard, n: number) => Buffer;
}

type Variables = (n: number, board: FreshBoard) => object;

const ask =
  (query: string) =>
  (name: string, variables: Variables = () => ({})): FreshQuestion => ({
    name,
    request: (board, n) => graphql(query, { boardId: board.boardId, ...variables(n, board) }),
  });

const page = ask(pageQuery);
const count = ask(countQuery);
const countUpTo = ask(`query ($boardId: ID!, $search: String, $filter: ItemFilter) {
  items(boardId: $boardId, search: $search, filter: $filter) { countUpTo(limit: 1000) { count } }
}`);
const groups = ask(`query ($boardId: ID!, $by: ItemGroupBy!, $filter: ItemFilter, $search: String) {
  board(id: $boardId) { itemGroups(by: $by, filter: $filter, search: $search) { key count } }
}`);
const sums = ask(`query ($boardId: ID!, $by: ItemGroupBy!, $filter: ItemFilter) {
  board(id: $boardId) {
    itemGroups(by: $by, filter: $filter) { key count numbers(key: "deal_value") { count sum } }
  }
}`);
const itemsOfGroups = ask(`query ($boardId: ID!, $by: ItemGroupBy!) {
  board(id: $boardId) { itemGroups(by: $by, first: 10) { key items(first: 5) { nodes { id title } } } }
}`);
const columnPage = ask(`query ($columnId: ID!, $search: String) {
  items(columnId: $columnId, search: $search) { nodes { id title values contact { id name } } }
}`);
const columnPages = ask(`query ($boardId: ID!) {
  board(id: $boardId) { columns { nodes { id items(first: 10) { totalCount nodes { id title } } } } }
}`);
const workspacePage = ask(`query ($search: String, $filter: ItemFilter) {
  items(search: $search, filter: $filter) { nodes { id title boardId values } }
}`);
const contact = ask(`query ($id: ID!, $search: String, $filter: ItemFilter) {
  contact(id: $id) { name items(search: $search, filter: $filter, first: 20) { nodes { id title } totalCount } }
}`);
const contacts = ask(`query ($search: String, $phone: String, $first: Int = 20) {
  contacts(search: $search, phone: $phone, first: $first) { totalCount nodes { id name items(first: 5) { nodes { id } } } }
}`);
const log = ask(`query ($boardId: ID!, $subjectId: ID, $newestFirst: Boolean) {
  board(id: $boardId) {
    changes(subjectId: $subjectId, newestFirst: $newestFirst) { nodes { revision action subjectId fields { field } } }
  }
}`);
const workspaceLog = ask('{ changes { nodes { __typename } pageInfo { endCursor } } }');

const ordered = (...orderBy: object[]) => ({ orderBy });
const newest = ordered({ field: 'CREATED_AT', direction: 'DESC' });
const byValue = (key: string, as?: string) => ({ value: { key, ...(as && { as }) } });

const values = (...tests: object[]) => ({ filter: { values: tests } });
/** A range of a quarter percent of the numbers, and one of half of them. */
const narrow = (n: number) => {
  const gte = scattered(n, highestDeal - 250);
  return { key: 'deal_value', gte, lt: gte + 250 };
};
const wide = (n: number) => ({ key: 'deal_value', gte: highestDeal / 2 + scattered(n, 1000) });
const monthOfDates = (n: number) => {
  const first = scattered(n, days - 30);
  return { key: 'expected_close', gte: dayOf(first), lt: dayOf(first + 30) };
};
const label = (n: number) => ({ labels: { hasAny: [at(labels, n)] } });
const source = (n: number) => ({ key: 'source', eq: at(sources, n) });
/** A condition that every item meets, another one for each n. */
const always = (n: number) => ({ createdAt: { gt: new Date(n).toISOString() } });
const linked = (n: number, { contactIds }: FreshBoard) => ({ id: at(contactIds, n) });

const pages: readonly FreshQuestion[] = [
  page("page, the board's order"),
  page('page, newest first', () => newest),
  page('page, last updated first', () => ordered({ field: 'UPDATED_AT', direction: 'DESC' })),
  page('page by title', () => ordered({ field: 'TITLE' })),
  page("page 200, the board's order", () => ({ offset: freshItems / 2 })),
  page('page 200, newest first', () => ({ ...newest, offset: freshItems / 2 })),
  page('page by a number', () =>
    ordered({ ...byValue('deal_value', 'NUMBER'), direction: 'DESC' }),
  ),
  page('page by a date', () => ordered(byValue('expected_close', 'DATE'))),
  page('page by a text', () => ordered(byValue('email', 'TEXT'))),
  page('page by a value of any type', () => ordered(byValue('deal_value'))),
  page('page by a value, missing ones first', () =>
    ordered({ ...byValue('note'), nulls: 'FIRST' }),
  ),
  page('page by two values', () =>
    ordered(byValue('source', 'TEXT'), byValue('deal_value', 'NUMBER')),
  ),
  page('page by title and time', () => ordered({ field: 'TITLE' }, { field: 'CREATED_AT' })),
  columnPage('page of a column', (n, { columnIds }) => ({ columnId: at(columnIds, n) })),
  columnPages('first items of every column'),
  workspacePage('page of the workspace'),
];

const filters: readonly FreshQuestion[] = [
  page('rare word, newest first', () => ({ search: rareWord, ...newest })),
  page("rare word, the board's order", () => ({ search: rareWord })),
  page('common word, newest first', () => ({ search: commonWord, ...newest })),
  page("common word, the board's order", () => ({ search: commonWord })),
  page('two words', (n) => ({ search: `${commonWord} ${at(words, n)}`, ...newest })),
  page('two letters', () => ({ search: 'zz', ...newest })),
  columnPage('rare word in a column', (n, { columnIds }) => ({
    columnId: at(columnIds, n),
    search: rareWord,
  })),
  workspacePage('rare word in the workspace', () => ({ search: rareWord })),
  page('equal text, one item', (n) => ({
    ...values({ key: 'email', eq: emailOf(scattered(n, freshItems)) }),
    ...newest,
  })),
  page('equal text, a tenth', (n) => ({ ...values(source(n)), ...newest })),
  page('equal number, 5%', (n) => ({ ...values({ key: 'probability', eq: (n % 21) * 5 }) })),
  page('one of three texts', (n) => ({
    ...values({ key: 'email', in: [0, 1, 2].map((m) => emailOf(scattered(n + m, freshItems))) }),
  })),
  page('e-mail address', (n) => ({
    ...values({ key: 'email', as: 'EMAIL', eq: emailOf(scattered(n, freshItems)).toUpperCase() }),
  })),
  page('phone number', (n) => ({
    ...values({ key: 'phone', as: 'PHONE', eq: phoneOf(scattered(n, freshItems)).slice(3) }),
  })),
  page('part of a value', (n) => ({
    ...values({ key: 'note', contains: at(words, n) }),
    ...newest,
  })),
  page('narrow range', (n) => ({ ...values(narrow(n)), ...newest })),
  page('wide range', (n) => ({ ...values(wide(n)), ...newest })),
  page("wide range, the board's order", (n) => values(wide(n))),
  page('wide range and common word', (n) => ({
    ...values(wide(n)),
    search: commonWord,
    ...newest,
  })),
  page('two ranges', (n) => ({ ...values(wide(n), monthOfDates(n)), ...newest })),
  page('range of dates by date', (n) => ({
    ...values(monthOfDates(n)),
    ...ordered(byValue('expected_close', 'DATE')),
  })),
  page('exists', () => ({ ...values({ key: 'note', exists: true }), ...newest })),
  page('missing', () => ({ ...values({ key: 'note', exists: false }), ...newest })),
  page('label', (n) => ({ filter: label(n), ...newest })),
  page('without a label', (n) => ({ filter: { labels: { hasNone: [at(labels, n)] } } })),
  page('title begins with', (n) => ({ filter: { title: { startsWith: at(words, n) } } })),
  page('equal title', () => ({ filter: { title: { eq: 'none' } } })),
  page('name of a column', () => ({ filter: { columnName: { eq: 'stage 3' } }, ...newest })),
  page('contact', (n, board) => ({ filter: { contactId: { eq: linked(n, board).id } } })),
  page('without a contact', () => ({ filter: { contactId: { exists: false } }, ...newest })),
  page('time of creation', (n) => ({ filter: always(n), ...newest })),
  page('one of two', (n) => ({
    filter: { or: [label(n), { values: [narrow(n)] }] },
    ...newest,
  })),
  page('not', (n) => ({ filter: { not: { values: [source(n)] } }, ...newest })),
];

const counts: readonly FreshQuestion[] = [
  count('total of a rare word', (n) => ({ search: rareWord, filter: always(n) })),
  count('total of a common word', (n) => ({ search: commonWord, filter: always(n) })),
  count('total of a narrow range', (n) => values(narrow(n))),
  count('total of a wide range', (n) => values(wide(n))),
  count('total of two ranges', (n) => values(wide(n), monthOfDates(n))),
  count('total of a range and a word', (n) => ({ ...values(wide(n)), search: commonWord })),
  count('total of a text', (n) => ({ filter: { ...always(n), values: [source(n)] } })),
  count('total of a label', (n) => ({ filter: { ...label(n), ...always(n) } })),
  count('total of missing ones', (n) => ({
    filter: { ...always(n), values: [{ key: 'note', exists: false }] },
  })),
  count('total of a contact', (n, board) => ({
    filter: { ...always(n), contactId: { eq: linked(n, board).id } },
  })),
  countUpTo('count up to 1,000 of a common word', (n) => ({
    search: commonWord,
    filter: always(n),
  })),
  countUpTo('count up to 1,000 of a rare word', (n) => ({ search: rareWord, filter: always(n) })),
];

const byField = (field: string) => ({ by: { field } });
const byMonth = { by: { month: 'expected_close' } };

const grouped: readonly FreshQuestion[] = [
  groups('groups by column', () => byField('COLUMN')),
  groups('groups by column of a word', () => ({ ...byField('COLUMN'), search: commonWord })),
  groups('groups by label', () => byField('LABEL')),
  groups('groups by month of creation', () => byField('CREATED_MONTH')),
  groups('groups by value', () => ({ by: { value: 'source' } })),
  groups('groups by month', () => byMonth),
  groups('groups by month of a narrow range', (n) => ({ ...byMonth, ...values(narrow(n)) })),
  groups('groups by month of a wide range', (n) => ({ ...byMonth, ...values(wide(n)) })),
  groups('groups by month of a word', () => ({ ...byMonth, search: commonWord })),
  sums('sums of columns', () => byField('COLUMN')),
  sums('sums of months', () => byMonth),
  sums('sums of months of a label', (n) => ({ ...byMonth, filter: label(n) })),
  sums('sums of labels', () => byField('LABEL')),
  itemsOfGroups('first items of values', () => ({ by: { value: 'source' } })),
  itemsOfGroups('first items of months', () => byMonth),
  ask('query ($boardId: ID!) { board(id: $boardId) { valueKeys { key types } } }')('value keys'),
];

const others: readonly FreshQuestion[] = [
  contact('items of a contact', linked),
  contact('items of a contact with a word', (n, board) => ({
    ...linked(n, board),
    search: commonWord,
  })),
  contacts('contacts with items'),
  contacts('contacts by name', (n) => ({ search: `Contact ${n % 100}` })),
  contacts('contact by phone', (n) => ({ phone: `628100000${n % 100}` })),
  log('log of a board'),
  log('log of a board, newest first', () => ({ newestFirst: true })),
  log('log of an item', (n, { itemIds }) => ({ subjectId: at(itemIds, scattered(n, freshItems)) })),
  workspaceLog('log of the workspace'),
  ask('query ($id: ID!) { item(id: $id) { title values contact { name } } }')(
    'an item',
    (n, { itemIds }) => ({ id: at(itemIds, scattered(n, freshItems)) }),
  ),
  ask('query ($ids: [ID!]!) { nodes(ids: $ids) { id ... on Item { title } } }')(
    '100 items by id',
    (n, { itemIds }) => ({
      ids: Array.from({ length: 100 }, (_, m) => at(itemIds, scattered(n + m, freshItems))),
    }),
  ),
];

const restItems = ({ boardId }: FreshBoard): `/${string}` => `/api/crm/boards/${boardId}/items`;

const rest: readonly FreshQuestion[] = [
  {
    name: 'REST list with a word',
    request: (board, n) => get(`${restItems(board)}?search=${at(words, n)}`),
  },
  {
    name: 'REST search',
    request: (board, n) =>
      send(`POST ${restItems(board)}/search`, {
        query: commonWord,
        value_filters: { deal_value: { gte: String(scattered(n, highestDeal)) } },
        sort_by: 'values.deal_value',
      }),
  },
  {
    name: 'REST export of 20,000 items',
    request: ({ boardId }) => get(`/api/crm/boards/${boardId}/export`),
  },
];

/** Each kind of question. */
export const freshQuestions: readonly FreshQuestion[] = [
  ...pages,
  ...filters,
  ...counts,
  ...grouped,
  ...others,
  ...rest,
];
