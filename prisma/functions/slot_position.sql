-- The position of the nth slot of a column. A column that grows at its end uses 64 positions, leaves 64 free, and so
-- on: slot 0 is position 0, slot 64 is position 128. Negative slots mirror this downwards from -1, for growth at the
-- top. So a place between two items is never far from a gap. The result may be outside the range of a position.
CREATE OR REPLACE FUNCTION slot_position(n bigint) RETURNS bigint
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
  RETURN CASE WHEN n >= 0 THEN n / 64 * 128 + n % 64 ELSE -1 - ((-1 - n) / 64 * 128 + (-1 - n) % 64) END;
END $$;
