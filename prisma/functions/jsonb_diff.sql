-- The entries of `a` that are missing or different in `b`.
CREATE OR REPLACE FUNCTION jsonb_diff(a jsonb, b jsonb) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
  RETURN coalesce((SELECT jsonb_object_agg(key, value) FROM jsonb_each(a)
    WHERE b -> key IS DISTINCT FROM value), '{}');
END $$;
