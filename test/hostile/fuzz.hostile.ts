import { afterAll, expect, it } from 'vitest';
import { demoKey } from '../../src/seed/demo.ts';
import { cleanUp } from '../support/folders.ts';
import { isLinux } from '../support/platform.ts';
import type { Attacker, AttackRequest } from './attacker.ts';
import { mutateBytes } from './fuzz/mutations.ts';
import { Random } from './fuzz/random.ts';
import { randomRequest } from './fuzz/requests.ts';
import { memoryOf, servingProcesses } from './processes.ts';
import { bounds, fuzz, hangTimeout } from './settings.ts';
import { startTarget } from './target.ts';

const senders = 8;

afterAll(cleanUp);

/** The bytes of a request, for connections on which some of them are changed. */
const toBytes = ({ method = 'POST', path = '/graphql', body = '' }: AttackRequest, key: string) =>
  `${method} ${path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${key}\r\n` +
  `Content-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`;

async function sendNumber(attacker: Attacker, n: number): Promise<void> {
  const random = new Random(Math.imul(fuzz.seed, 2654435761) + n);
  const request = randomRequest(random);
  const key = random.pick([attacker.readKey, attacker.writeKey, attacker.writeKey, demoKey]);
  if (random.isLucky(0.1)) {
    await attacker.exchange(mutateBytes(random, toBytes(request, key)), 1000);
    return;
  }
  const headers = random.isLucky(0.01) ? {} : { authorization: `Bearer ${key}` };
  await attacker.send({
    ...request,
    headers: { ...headers, ...(random.isLucky(0.05) && { 'idempotency-key': `fuzz ${n % 7}` }) },
  });
}

it.runIf(isLinux)(
  `answers ${fuzz.requests} random requests without a 5xx but a meant 503`,
  async () => {
    const target = await startTarget({ RATE_LIMIT: '1000000' });
    const attackers = [await target.attacker(), await target.attacker({ inOtherWorkspace: true })];
    const pids = servingProcesses(target.server.pid);
    const end = fuzz.first + fuzz.requests;
    let next = fuzz.first;
    const runSender = async (attacker: Attacker) => {
      while (next < end) {
        const n = next++;
        await sendNumber(attacker, n);
        const replay = `replay: FUZZ_SEED=${fuzz.seed} FUZZ_FIRST=${n} FUZZ_REQUESTS=1`;
        if (attacker.faults.length > 0) throw new Error(`${attacker.faults[0]}\n${replay}`);
      }
    };
    try {
      await Promise.all(
        Array.from({ length: senders }, (_, n) => runSender(attackers[n % 2] as Attacker)),
      );
      expect(servingProcesses(target.server.pid)).toEqual(pids);
      expect(memoryOf(pids)).toBeLessThan(bounds.peakMemory);
      // The requests were understood: a good share of them succeeded.
      const counts = new Map(attackers.flatMap(({ counts }) => [...counts]));
      expect(counts.get('200') ?? 0).toBeGreaterThan(fuzz.requests / 10 / 2);
    } finally {
      for (const attacker of attackers) attacker.close();
      await target.stop();
    }
  },
  120_000 + fuzz.requests * 30 + hangTimeout,
);
