import { expect, it } from 'vitest';
import { nearestName } from '../../src/limits/nearest-name.ts';

const operators = ['eq', 'ne', 'gt', 'gte', 'in', 'nin', 'contains', 'starts_with'];

it.each<[string, string[], string | undefined]>([
  ['titel', ['title', 'labels'], 'title'],
  ['next_cursor', ['cursor', 'limit'], 'cursor'],
  ['sort', ['sort_order', 'sort_by'], 'sort_by'],
  ['name', ['title', 'column_name'], undefined],
  ['eqq', operators, 'eq'],
  ['neq', operators, 'ne'],
  ['qe', operators, 'eq'],
  ['min', operators, undefined],
  ['max', operators, undefined],
])('the nearest name to %s among %j is %s', (name, candidates, nearest) => {
  expect(nearestName(name, candidates)).toBe(nearest);
});
