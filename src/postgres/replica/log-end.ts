import type { Cells } from '../client.ts';

/**
 * The end of a write-ahead log: bytes from its beginning, and the timeline of the last ones. A promotion begins a timeline:
 * what two servers write from there on are different bytes at the same positions.
 */
export interface LogEnd {
  position: number;
  timeline: number;
}

/**
 * Reads the end of what has been committed on the primary. What is visible has been flushed, unless commits are
 * asynchronous.
 */
export const committed = {
  text: `SELECT (l - '0/0')::text, ('x' || left(pg_walfile_name(l), 8))::bit(32)::int::text
    FROM (SELECT CASE current_setting('synchronous_commit') WHEN 'off' THEN pg_current_wal_insert_lsn()
      ELSE pg_current_wal_flush_lsn() END) AS e (l)`,
  values: [],
};

/**
 * Reads the end of what a replica has replayed; its position is null where the server is no replica, or no longer. The
 * timeline is the last one that the server is known to be on. Only some roles are told the one it receives; the control
 * file follows within checkpoint_timeout.
 */
export const replayed = {
  name: 'replayed',
  text: `SELECT (CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() END - '0/0')::text,
    greatest((SELECT timeline_id FROM pg_control_checkpoint()),
      (SELECT min_recovery_end_timeline FROM pg_control_recovery()),
      (SELECT received_tli FROM pg_stat_get_wal_receiver()))::text`,
};

export const logEndOf = ([position, timeline]: Cells = []): LogEnd => ({
  position: Number(position),
  timeline: Number(timeline),
});
