import { ApiError, invalid } from '../../errors.ts';
import { insteadOf } from '../../http/content-type.ts';
import type { HandlerResponse } from '../../http/handler.ts';
import type { JsonObject } from '../../http/json-object.ts';
import { withoutRawJson } from '../../raw-json.ts';
import type { Context, RequestContexts } from '../../request/context.ts';
import type { ImportResult, ImportTarget } from '../../transfer/batch-writer.ts';
import { readCsv } from '../../transfer/csv-rows.ts';
import { decodeText } from '../../transfer/decode-text.ts';
import { type ChunkResult, importRows } from '../../transfer/import-rows.ts';
import { readerOf } from '../../transfer/local-text.ts';
import { Mapping } from '../../transfer/mapping.ts';
import { readNdjson } from '../../transfer/ndjson-rows.ts';
import { toOperation } from '../../transfer/operation.ts';
import { type PresentNode, presentItems } from '../../transfer/present-item.ts';
import { openRows, type Rows } from '../../transfer/rows.ts';
import type { Endpoint } from '../endpoint.ts';
import { EndpointError } from '../error-response.ts';
import type { ReadData } from '../read-data.ts';
import { optionOf } from './options.ts';

export interface ImportFileOptions {
  requestContexts: RequestContexts;
  readData: ReadData;
  /** The endpoint that reads the board. */
  head: Endpoint;
  /** The endpoint that reads items by their ids. */
  present: Endpoint;
}

/** Refused rows that a response lists. */
const maxErrors = 1000;

/** Characters of rows that an import holds at once. */
const heldCharacters = 700_000;

/** Reads the body as the rows of a file. Throws UNSUPPORTED_MEDIA_TYPE. */
async function readBody(
  { headers, body }: Context['request'],
  parameters: JsonObject,
): Promise<Rows> {
  const [type = '', ...details] = (headers.get('content-type') ?? '').split(';');
  const charset = /^charset="?([^"]+)"?$/i;
  const encoding =
    details.map((detail) => charset.exec(detail.trim())?.[1]).find(Boolean) ??
    optionOf(parameters, 'encoding');
  const texts = decodeText((body ?? []) as AsyncIterable<Uint8Array>, encoding);
  if (headers.get('content-encoding') !== null)
    throw unsupported('Send the file uncompressed, without Content-Encoding');
  switch (type.trim().toLowerCase()) {
    case 'text/csv':
      return readCsv(texts, optionOf(parameters, 'delimiter'));
    case 'application/x-ndjson':
    case 'application/jsonl':
      return readNdjson(texts);
    default:
      throw unsupported(
        `Send a file with Content-Type: text/csv or application/x-ndjson, ${insteadOf(type)}`,
      );
  }
}

const unsupported = (message: string): ApiError => new ApiError('UNSUPPORTED_MEDIA_TYPE', message);

/** The counts of all chunks. */
class Summary {
  readonly #counts = { rows: 0, created: 0, updated: 0, unchanged: 0, failed: 0 };
  readonly #errors: object[] = [];

  add({ rejected, rows, created, updated, unchanged }: ChunkResult): void {
    this.#counts.rows += rows;
    this.#counts.created += created;
    this.#counts.updated += updated;
    this.#counts.unchanged += unchanged;
    this.#counts.failed += rejected.length;
    for (const { line, code, reason } of rejected)
      if (this.#errors.length < maxErrors) this.#errors.push({ line, code, message: reason });
  }

  toJson(): object {
    return { ...this.#counts, errors: this.#errors };
  }
}

/**
 * Imports the body of a request into a board: batch after batch, as it arrives. With an idempotency key, the same file can
 * be sent again: batches that were written are not written again.
 */
export async function respondImport(
  { requestContexts, readData, head, present }: ImportFileOptions,
  {
    endpoint,
    parameters,
    context,
  }: { endpoint: Endpoint; parameters: JsonObject; context: Context },
): Promise<HandlerResponse> {
  const { boardId } = parameters;
  // The body takes as long as its batches.
  context.lifetime.removeTimeout();
  context.cost.reserveDocument(heldCharacters);
  const only = { boardId };
  const board = await readData(head, { raw: only, coerced: only }, context);
  const { value_keys } = withoutRawJson<{ value_keys: { key: string }[] }>(board);
  const { header, first, rows } = await openRows(await readBody(context.request, parameters));
  const match = optionOf(parameters, 'match');
  const mapping = new Mapping({
    header,
    valueKeys: value_keys.map(({ key }) => key),
    map: optionOf(parameters, 'map')?.split(';') ?? [],
    match,
  });
  if (match === undefined && first.length > 0 && !mapping.has('title'))
    throw invalid('map', `must name the column of the title: one of ${header.join(', ')}`);
  const read = readerOf({
    decimal: optionOf(parameters, 'decimal'),
    dates: optionOf(parameters, 'dates'),
  });
  const isDryRun = optionOf(parameters, 'validate_only') === 'true';
  const summary = new Summary();
  /** Runs an operation for a batch, which may cost what a request may. */
  async function run<Data>(
    operation: Endpoint,
    raw: JsonObject,
    idempotencyKey?: string,
  ): Promise<Data> {
    const renewed = { ...requestContexts.renew(context), idempotencyKey };
    return withoutRawJson<Data>(await readData(operation, { raw }, renewed).catch(throwApiError));
  }
  const target: ImportTarget = {
    readItems: async (ids) => presentItems(await run<PresentNode[]>(present, { ids }), boardId),
    async write(operations, key) {
      const batch = { boardId, operations, validate_only: isDryRun || key === undefined };
      const idempotencyKey = context.idempotencyKey === undefined ? undefined : key;
      return (await run<{ results: ImportResult[] }>(endpoint, batch, idempotencyKey)).results;
    },
  };
  const chunks = importRows(rows, {
    key: context.idempotencyKey ?? '',
    toOperation: (row, item) => toOperation(row, { mapping, match, read }, item),
    target,
  });
  for await (const chunk of chunks) summary.add(chunk);
  const mapped = Object.fromEntries(mapping.entries(header));
  return {
    status: 200,
    body: JSON.stringify({ success: true, data: { ...summary.toJson(), mapping: mapped } }),
    headers: {},
  };
}

/** Rows are reported with the names of the schema's errors. */
function throwApiError(error: unknown): never {
  if (!(error instanceof EndpointError)) throw error;
  const { code, message, details } = error.payload;
  throw new ApiError(code, message, details);
}
