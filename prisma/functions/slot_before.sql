-- The number of the first slot before a position, going up; -1 if the position is null or not negative.
CREATE OR REPLACE FUNCTION slot_before(top bigint) RETURNS bigint
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
  RETURN CASE WHEN top < 0 THEN -1 - public.slot_after(-1 - top) ELSE -1 END;
END $$;
