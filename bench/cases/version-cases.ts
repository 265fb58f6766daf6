import { randomUUID } from 'node:crypto';
import { at, largeItems, newItem, type VersionData } from '../seed/version-data.ts';
import { graphql } from './request.ts';
import { createItem, createItems, moveItem, mutation, updateItem } from './write-cases.ts';

/** A write whose cost in the database is compared between two versions. */
export interface VersionCase {
  name: string;
  /** Requests per round. */
  requests: number;
  /** The most that the new version may cost, as a multiple of the old one. */
  target?: number;
  /** Requests that are sent before a round and not measured; their results are passed to `request`. */
  prepare?: (data: VersionData) => Buffer;
  /** The nth request; n goes on counting from round to round. `prepared` are the ids of a prepared batch. */
  request: (data: VersionData, n: number, prepared: readonly string[]) => Buffer;
}

const batchSize = 500;
const deleted = 10;

const updateItems = mutation('UpdateItemsInput', 'updateItems', 'results { item { id version } }');
const deleteItems = mutation('DeleteItemsInput', 'deleteItems', 'deletedIds');

const newItems = (data: VersionData, { n, count }: { n: number; count: number }) =>
  graphql(createItems, {
    input: {
      boardId: data.small.boardId,
      items: Array.from({ length: count }, (_, index) => newItem(data, n + index)),
    },
  });

const create = (data: VersionData, n: number, headers: readonly string[] = []) =>
  graphql(createItem, { input: { boardId: data.small.boardId, ...newItem(data, n) } }, { headers });

const update = ({ small }: VersionData, n: number, change: object) =>
  graphql(updateItem, {
    input: { boardId: small.boardId, id: at(small.itemIds, n * 7), ...change },
  });

export const versionCases: readonly VersionCase[] = [
  { name: 'create', requests: 100, target: 0.8, request: create },
  {
    name: 'create with a key',
    requests: 100,
    target: 0.7,
    request: (data, n) => create(data, n, [`Idempotency-Key: ${randomUUID()}`]),
  },
  {
    name: 'update of one value',
    requests: 100,
    target: 0.6,
    request: (data, n) => update(data, n, { values: { deal_value: String(n) } }),
  },
  {
    name: 'labels only',
    requests: 100,
    request: (data, n) => update(data, n, { labels: [`l${n}`, 'hot'] }),
  },
  {
    name: 'move to the top',
    requests: 100,
    target: 0.7,
    request: ({ small }, n) =>
      graphql(moveItem, {
        input: { boardId: small.boardId, id: at(small.itemIds, n * 7), at: 'TOP' },
      }),
  },
  {
    name: `batch of ${batchSize}`,
    requests: 2,
    target: 0.85,
    request: (data, n) => newItems(data, { n: n * batchSize, count: batchSize }),
  },
  {
    name: `delete of ${deleted}`,
    requests: 20,
    prepare: (data) => newItems(data, { n: 0, count: 20 * deleted }),
    request: ({ small }, n, prepared) =>
      graphql(deleteItems, {
        input: {
          boardId: small.boardId,
          ids: prepared.slice((n % 20) * deleted, ((n % 20) + 1) * deleted),
        },
      }),
  },
  {
    name: `labels of ${largeItems} items of 50 KB`,
    requests: 2,
    target: 0.05,
    request: ({ large }, n) =>
      graphql(updateItems, {
        input: {
          boardId: large.boardId,
          items: large.itemIds.map((id) => ({ id, labels: [`l${n}`] })),
        },
      }),
  },
];
