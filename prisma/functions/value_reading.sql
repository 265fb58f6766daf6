-- How item_value has one value: what item_value_rows returns for it, without the cost of a query.
CREATE OR REPLACE FUNCTION value_reading(value jsonb, OUT reading text, OUT number numeric, OUT text text)
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
  number := public.value_number(value);
  text := public.value_text(value);
  IF number IS NOT NULL THEN
    reading := 'n';
  ELSIF text LIKE '%____-__-__%' THEN
    number := public.value_instant(value);
    IF number IS NOT NULL THEN reading := 'd'; END IF;
  END IF;
  IF reading IS NOT NULL THEN
    text := '';
  ELSE
    reading := CASE WHEN text IS NULL THEN 'o' ELSE 't' END;
    number := 0;
    text := coalesce(left(text, 200), '');
  END IF;
END $$;
