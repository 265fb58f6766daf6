-- The number of the first slot after a position; 0 if the position is null or negative.
CREATE OR REPLACE FUNCTION slot_after(bottom bigint) RETURNS bigint
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
  RETURN CASE WHEN bottom >= 0 THEN bottom / 128 * 64 + least(bottom % 128, 63) + 1 ELSE 0 END;
END $$;
