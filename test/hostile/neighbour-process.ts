import { Agent, get } from 'node:http';
import process from 'node:process';
import { setInterval } from 'node:timers';

/** Milliseconds from one request to the next, whether or not the last one has its response. */
const interval = 50;

const [url = '', key = '', timeout = ''] = process.argv.slice(2);
const agent = new Agent({ keepAlive: true });
/** The times of the requests without a response. */
const pending: number[] = [];

/** Sends one request; reports its start and its duration in ms, which is null where it fails. */
function sendRequest(): void {
  const at = Date.now();
  const began = performance.now();
  pending.push(at);
  let isReported = false;
  const report = (isAnswered: boolean, reason: string) => {
    if (isReported) return;
    isReported = true;
    const milliseconds = isAnswered ? performance.now() - began : null;
    pending.splice(pending.indexOf(at), 1);
    process.send?.({ at, milliseconds, reason, completeUntil: pending[0] ?? at });
  };
  const headers = { authorization: `Bearer ${key}` };
  const request = get(url, { agent, headers, timeout: Number(timeout) }, (response) => {
    response.resume();
    response.once('end', () => report(response.statusCode === 200, `${response.statusCode}`));
  });
  request.on('timeout', () => request.destroy(new Error('timeout')));
  request.on('error', ({ message }) => report(false, message));
}

setInterval(sendRequest, interval);
process.once('disconnect', () => process.exit());
