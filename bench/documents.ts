import { specifiedRules } from 'graphql';
import { parseDocument } from '../src/graphql/execution/parse-document.ts';
import { PlanCache } from '../src/graphql/execution/plan-cache.ts';
import { validateDocument } from '../src/graphql/execution/validate-document.ts';
import { schema } from '../src/graphql/schema/index.ts';
import { hostileDocuments, largestSize } from '../test/support/hostile-documents.ts';

// Milliseconds to parse, validate and plan the most expensive documents within the limits: the median of 21 runs.

const isAccepted = (text: string): boolean => {
  try {
    return parseDocument(text) !== undefined;
  } catch {
    return false;
  }
};

function measure(text: string): number {
  const start = performance.now();
  const document = parseDocument(text);
  if (validateDocument(schema, document, specifiedRules).length === 0) {
    const plans = new PlanCache();
    const operation = plans.operationOf(schema, document, undefined);
    if (operation !== undefined) plans.planOf(operation, schema, {});
  }
  return performance.now() - start;
}

for (const [name, create] of Object.entries(hostileDocuments)) {
  const text = create(largestSize((size) => isAccepted(create(size))));
  const times = Array.from({ length: 21 }, () => measure(text)).sort((a, b) => a - b);
  process.stdout.write(`${name.padEnd(45)} ${(times[10] ?? 0).toFixed(1)} ms\n`);
}
