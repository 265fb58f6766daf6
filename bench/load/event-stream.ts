import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { get } from '../cases/request.ts';

const answerTime = 30_000;

/** How a client reads its stream: at once, a byte each second, or not at all. */
export type Reading = 'all' | 'slowly' | 'nothing';

/** An open stream of server-sent events. */
export class EventStream {
  readonly #socket: Socket;
  #text = '';
  #onText: () => void = () => {};
  #timer: NodeJS.Timeout | undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on('error', () => {});
    socket.on('data', (bytes) => {
      this.#text += bytes.toString('latin1');
      this.#onText();
    });
  }

  /** Opens the stream of a board. Throws where the server refuses it. */
  static async open(port: number, boardId: string, reading: Reading = 'all'): Promise<EventStream> {
    const socket = connect({ host: '127.0.0.1', port });
    await once(socket, 'connect');
    const stream = new EventStream(socket);
    socket.write(get(`/api/crm/boards/${boardId}/changes/stream`));
    await stream.has('retry:');
    if (reading !== 'all') stream.#readAt(reading);
    return stream;
  }

  /** Waits for a text in what arrives, which is then forgotten. */
  async has(text: string): Promise<void> {
    const found = new Promise<void>((resolve) => {
      this.#onText = () => {
        if (this.#text.includes(text)) resolve();
      };
      this.#onText();
    });
    const isLate = sleep(answerTime, true, { ref: false });
    if (await Promise.race([found, isLate])) throw new Error(`a stream had no '${text}'`);
    this.#text = '';
    this.#onText = () => {
      this.#text = '';
    };
  }

  close(): void {
    clearInterval(this.#timer);
    this.#socket.destroy();
  }

  #readAt(reading: Exclude<Reading, 'all'>): void {
    this.#socket.removeAllListeners('data').pause();
    if (reading === 'slowly') this.#timer = setInterval(() => this.#socket.read(1), 1000).unref();
  }
}
