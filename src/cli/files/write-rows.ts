import { counted } from '../../errors.ts';
import {
  type ImportResult,
  type ImportTarget,
  importDocument,
} from '../../transfer/batch-writer.ts';
import { type ImportOptions, importRows, type RejectedRow } from '../../transfer/import-rows.ts';
import { type PresentNode, presentDocument, presentItems } from '../../transfer/present-item.ts';
import type { Row } from '../../transfer/rows.ts';
import type { GatewayClient } from './gateway-client.ts';
import type { RejectedFile } from './rejected-file.ts';

export interface ImportCounts {
  rows: number;
  created: number;
  updated: number;
  unchanged: number;
  failed: number;
}

/** A batch that was written, as the progress file has it. */
export interface ImportStep extends ImportCounts {
  chunk: number;
  /** Bytes of the file of rejected rows after it. */
  rejectedBytes: number;
}

/** The counts of all batches that are written. */
export class Totals {
  readonly counts: ImportCounts = { rows: 0, created: 0, updated: 0, unchanged: 0, failed: 0 };
  chunks = 0;
  rejectedBytes = 0;

  constructor(steps: readonly ImportStep[] = []) {
    for (const step of steps) this.add(step);
  }

  add({ chunk, rejectedBytes, rows, created, updated, unchanged, failed }: ImportStep): void {
    this.chunks = chunk + 1;
    this.rejectedBytes = rejectedBytes;
    const { counts } = this;
    counts.rows += rows;
    counts.created += created;
    counts.updated += updated;
    counts.unchanged += unchanged;
    counts.failed += failed;
  }
}

export const describe = ({ rows, created, updated, unchanged, failed }: ImportCounts): string =>
  `${counted(rows, 'row')}: ${created} created, ${updated} updated, ${unchanged} unchanged, ${failed} rejected`;

export interface WriteRowsOptions {
  client: GatewayClient;
  boardId: string;
  isDryRun: boolean;
  /** Identifies the import: see importRows. */
  key: string;
  toOperation: ImportOptions['toOperation'];
  /** The batches of an earlier run, to which those of this one are added. */
  totals: Totals;
  rejected: RejectedFile | undefined;
  /** Called when a batch is written. */
  onStep: (step: ImportStep) => void;
  print: (text: string) => void;
}

/** Rejected rows that a dry run prints. */
const maxPrinted = 20;

/** Writes rows through a gateway, from the first batch on that is not yet written. */
export async function writeRows(
  rows: AsyncIterable<Row>,
  options: WriteRowsOptions,
): Promise<void> {
  const { client, boardId, isDryRun, key, toOperation, totals, rejected, onStep, print } = options;
  const target: ImportTarget = {
    async readItems(ids) {
      const { data } = await client.graphql<{ data: PresentNode[] }>(presentDocument, { ids });
      return presentItems(data, boardId);
    },
    async write(operations, part) {
      const isChecked = isDryRun || part === undefined;
      const variables = { boardId, operations, validate_only: isChecked };
      const { data } = await client.graphql<{ data: { results: ImportResult[] } }>(
        importDocument,
        variables,
        isChecked ? undefined : part,
      );
      return data.results;
    },
  };
  const printed = (row: RejectedRow) => print(`  line ${row.line}: ${row.reason}`);
  for await (const result of importRows(rows, { toOperation, target, key, from: totals.chunks })) {
    const { rejected: refused, ...counts } = result;
    if (rejected === undefined)
      refused.slice(0, Math.max(0, maxPrinted - totals.counts.failed)).forEach(printed);
    else rejected.add(refused);
    const step = { ...counts, failed: refused.length, rejectedBytes: rejected?.bytes ?? 0 };
    totals.add(step);
    onStep(step);
  }
}
