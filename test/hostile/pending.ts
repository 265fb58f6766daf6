/** The attacks that the server does not withstand yet. Each is removed with the change that makes the server withstand it. */
export const pending: ReadonlySet<string> = new Set([
  '3: 300 writes of 900 KB',
  '3: 800 slow bodies of 1 MB',
  '6: 400 connections with unknown keys',
  '6: a flood of readiness checks',
  'wide nesting of lists',
  'batched requests',
  'cycles of one board’s lists',
  'many chunks of one byte',
  'pipelining',
  'deep JSON',
  'deep objects',
  'deep values of an item',
  'many keys beside the query',
  'a bomb of variables',
]);
