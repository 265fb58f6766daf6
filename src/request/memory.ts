import { bytesPerBodyByte } from '../limits/query-cost.ts';

/** Bytes that a request holds beside its body: context, statements, promises. */
export const baseBytes = 64 * 1024;

/** The bytes that a request reserves before its body is read. */
export function estimateBytes(
  headers: { get(name: string): string | null },
  maxBodyBytes: number,
): number {
  const isChunked = headers.get('transfer-encoding') !== null;
  const length = isChunked ? maxBodyBytes : Number(headers.get('content-length') ?? 0);
  // Larger bodies are refused without being read.
  return baseBytes + (length <= maxBodyBytes ? length * bytesPerBodyByte : 0);
}
