-- Adds to the write of an update the difference that it makes: the changed fields before and after, as the change log has
-- them, and the values that the index loses and gets. `gone` has the old values of all changed keys; `come` only the values
-- under new keys, because the rows of the others are changed in place. Only the values that the operation names are compared.
-- The fields are compared one by one: in PL/pgSQL this costs a tenth of rows as JSON.
DO $apply$ BEGIN EXECUTE public.item_template($function$
CREATE OR REPLACE FUNCTION diff_item(w item_write, named jsonb, removed text[]) RETURNS item_write
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
  old         public.item := w.old;
  new         public.item := w.new;
  before      jsonb := '{}';
  after       jsonb := '{}';
  logged_gone jsonb;
  logged_come jsonb;
BEGIN
  {{compare}}
  IF named IS NOT NULL THEN
    SELECT jsonb_object_agg(k.key, old."values" -> k.key) FILTER (WHERE old."values" ? k.key),
      jsonb_object_agg(k.key, new."values" -> k.key) FILTER (WHERE NOT old."values" ? k.key),
      jsonb_object_agg('values.' || k.key, old."values" -> k.key) FILTER (WHERE old."values" ? k.key),
      jsonb_object_agg('values.' || k.key, new."values" -> k.key) FILTER (WHERE new."values" ? k.key)
    INTO w.gone, w.come, logged_gone, logged_come
    FROM (SELECT jsonb_object_keys(named) UNION ALL SELECT unnest(removed)) AS k (key)
    WHERE old."values" -> k.key IS DISTINCT FROM new."values" -> k.key;
    before := before || coalesce(logged_gone, '{}');
    after := after || coalesce(logged_come, '{}');
  END IF;
  w.before := before;
  w.after := after;
  RETURN w;
END $$;
$function$); END $apply$;
