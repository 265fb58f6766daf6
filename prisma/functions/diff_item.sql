-- The difference that an update makes: the changed fields before and after, as the change log has them, and the values
-- that the item loses and gets. Only values under `keys` are compared.
CREATE OR REPLACE FUNCTION diff_item(old item, new item, keys text[],
  OUT before jsonb, OUT after jsonb, OUT gone jsonb, OUT come jsonb)
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
  changed      jsonb := to_jsonb(new) - '{version,updated_at,values,search}'::text[];
  logged_gone  jsonb;
  logged_come  jsonb;
BEGIN
  SELECT coalesce(jsonb_object_agg(o.key, o.value), '{}'), coalesce(jsonb_object_agg(o.key, changed -> o.key), '{}')
  INTO before, after
  FROM jsonb_each(to_jsonb(old)) o WHERE changed -> o.key <> o.value;
  IF keys IS NULL THEN RETURN; END IF;
  SELECT jsonb_object_agg(key, old."values" -> key) FILTER (WHERE old."values" ? key),
    jsonb_object_agg(key, new."values" -> key) FILTER (WHERE new."values" ? key),
    jsonb_object_agg('values.' || key, old."values" -> key) FILTER (WHERE old."values" ? key),
    jsonb_object_agg('values.' || key, new."values" -> key) FILTER (WHERE new."values" ? key)
  INTO gone, come, logged_gone, logged_come
  FROM unnest(keys) key WHERE old."values" -> key IS DISTINCT FROM new."values" -> key;
  before := before || coalesce(logged_gone, '{}');
  after := after || coalesce(logged_come, '{}');
END $$;
