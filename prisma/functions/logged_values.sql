-- Values as the change log has them: each under `values.` and its key.
CREATE OR REPLACE FUNCTION logged_values(its_values jsonb) RETURNS jsonb LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
  IF its_values IS NULL THEN RETURN '{}'; END IF;
  RETURN coalesce((SELECT jsonb_object_agg('values.' || key, value) FROM jsonb_each(its_values)), '{}');
END $$;
