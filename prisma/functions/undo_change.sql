-- One step of the aggregate that goes back in a log: `state`, or the current entries in the first step, as they were before a change.
CREATE OR REPLACE FUNCTION undo_change(state jsonb, current jsonb, before jsonb, after jsonb) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
  RETURN (coalesce(state, current) - ARRAY(SELECT jsonb_object_keys(after))) || before;
END $$;
