import type { InFlightLimits, Shares, Usage } from './in-flight-limits.ts';

/** The part by which a full process may exceed its limits, for what is guaranteed to workspaces. */
const excess = 0.5;

/** The part of a caller that limits depend on. */
export interface InFlightCaller {
  workspaceId: string;
  keyId: string;
}

const createUsage = (name: keyof Shares): Usage => ({ name, requests: 0, bytes: 0, waiting: 0 });

/** The requests in flight of each key, each workspace and the process, with their bytes. */
export class Usages {
  readonly process = createUsage('process');
  readonly #limits: InFlightLimits;
  readonly #workspaces = new Map<string, Usage>();
  readonly #keys = new Map<string, Usage>();

  constructor(limits: InFlightLimits) {
    this.#limits = limits;
  }

  /** The usage of a key, its workspace and the process, in this order. */
  of({ workspaceId, keyId }: InFlightCaller): readonly Usage[] {
    return [
      this.#keys.get(keyId) ?? createUsage('key'),
      this.#workspaces.get(workspaceId) ?? createUsage('workspace'),
      this.process,
    ];
  }

  /** Whether one more request of `bytes` fits. A single one always does, whatever its size: other limits bound it. */
  fits(usages: readonly Usage[], bytes: number): boolean {
    return usages.every((usage) => {
      const limits = this.limitsFor(usage, usages, bytes);
      return (
        usage.requests < limits.requests &&
        (usage.requests === 0 || usage.bytes + bytes <= limits.bytes)
      );
    });
  }

  /**
   * The limits of one usage. Where a workspace reserves `more` bytes within what is guaranteed to it, the process may exceed
   * its own.
   */
  limitsFor(
    { name }: Usage,
    [, workspace]: readonly Usage[],
    more: number,
  ): { requests: number; bytes: number } {
    const { requests, bytes, guaranteed } = this.#limits;
    const isGuaranteed =
      name === 'process' &&
      workspace !== undefined &&
      workspace.requests < guaranteed.requests &&
      workspace.bytes + more <= guaranteed.bytes;
    const factor = isGuaranteed ? 1 + excess : 1;
    return { requests: requests[name] * factor, bytes: bytes[name] * factor };
  }

  /** Keeps the usage of a caller, who begins to have some. */
  keep({ workspaceId, keyId }: InFlightCaller, [key, workspace]: readonly Usage[]): void {
    if (key !== undefined) this.#keys.set(keyId, key);
    if (workspace !== undefined) this.#workspaces.set(workspaceId, workspace);
  }

  /** Forgets the usage of a caller who has none any more. */
  forgetUnused({ workspaceId, keyId }: InFlightCaller, [key, workspace]: readonly Usage[]): void {
    if (key?.requests === 0 && key.waiting === 0) this.#keys.delete(keyId);
    if (workspace?.requests === 0 && workspace.waiting === 0) this.#workspaces.delete(workspaceId);
  }
}
