import { expect, it } from 'vitest';
import { nearestName } from '../../src/limits/nearest-name.ts';

it.each([
  ['D', ['A', 'B', 'C'], undefined],
  ['is', ['in', 'eq'], 'in'],
  ['Leads', ['Lead', 'Won'], 'Lead'],
  ['craeted_at', ['title', 'created_at'], 'created_at'],
  ['next_cursor', ['limit', 'cursor'], 'cursor'],
  ['sort', ['limit', 'sort_by'], 'sort_by'],
  ['probability', ['title', 'position'], undefined],
])('of %s in %j is %s', (name, candidates, nearest) => {
  expect(nearestName(name, candidates)).toBe(nearest);
});
