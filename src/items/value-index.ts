/** What item_value leaves out: keys that would not fit into its index. */
const maxKeyBytes = 200;

/** Where item_value has the values of a key. */
export const indexOf = (key: string, reading: 'n' | 'd') =>
  Buffer.byteLength(key) <= maxKeyBytes ? { key, reading } : undefined;
