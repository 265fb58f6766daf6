-- The length of JSON in bytes, without the spaces that jsonb's text has after colons and commas.
CREATE OR REPLACE FUNCTION json_bytes(whole jsonb) RETURNS integer
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
  RETURN octet_length(whole::text) - coalesce((
    SELECT sum(CASE jsonb_typeof(part)
      WHEN 'object' THEN greatest(2 * (SELECT count(*) FROM jsonb_object_keys(part)) - 1, 0)
      WHEN 'array' THEN greatest(jsonb_array_length(part) - 1, 0) ELSE 0 END)
    FROM jsonb_path_query(whole, 'strict $.**') part), 0);
END $$;
