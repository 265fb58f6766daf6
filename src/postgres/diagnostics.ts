import { type Channel, channel } from 'node:diagnostics_channel';

/** A wait of a request, a read or a write for its turn. */
export interface Wait {
  queue: string;
  milliseconds: number;
}

/** One attempt to deliver changes to a webhook. */
export interface DeliveryAttempt {
  isDelivered: boolean;
  /** Milliseconds since the first of the changes was committed. */
  lag: number;
}

/** Typed, unlike Node's. Publishing costs nothing while nobody has subscribed. */
interface TypedChannel<Message> extends Pick<Channel<unknown, Message>, 'hasSubscribers'> {
  publish(message: Message): void;
  subscribe(listener: (message: Message) => void): void;
}

const typed = <Message>(name: string) =>
  channel(`items-gateway:${name}`) as unknown as TypedChannel<Message>;

/** Published after each wait for a place or a permit. */
export const waits = typed<Wait>('wait');
/** Published with the milliseconds of each statement and transaction. */
export const statementTimes = typed<number>('statement');
export const deliveryAttempts = typed<DeliveryAttempt>('delivery');

/** Publishes a wait in a queue that began at `start`, in milliseconds of performance.now(). */
export function publishWait(queue: string, start: number): void {
  if (waits.hasSubscribers) waits.publish({ queue, milliseconds: performance.now() - start });
}
