-- The items that an upsert `as` EMAIL or PHONE matches: those whose value under `match.key` has the key `match.value` of
-- an e-mail address or a phone number. Where there are several, the first of them twice.
CREATE OR REPLACE FUNCTION items_by_key(the_workspace text, the_board text, match jsonb) RETURNS text[]
LANGUAGE plpgsql STABLE AS $$
DECLARE
  found    bigint;
  first_id text;
BEGIN
  IF match ->> 'as' = 'EMAIL' THEN
    SELECT count(*), min(v.item_id) INTO found, first_id FROM public.item_value v
    WHERE v.workspace_id = the_workspace AND v.board_id = the_board AND v.key = match ->> 'key' AND v.reading = 't'
      AND public.email_key(v.text) = match ->> 'value';
  ELSE
    SELECT count(*), min(v.item_id) INTO found, first_id FROM public.item_value v
    WHERE v.workspace_id = the_workspace AND v.board_id = the_board AND v.key = match ->> 'key'
      AND v.reading IN ('n', 't')
      AND right(public.phone_key(CASE v.reading WHEN 't' THEN v.text ELSE v.number::text END), 7)
        = right(match ->> 'value', 7)
      AND public.phones_match(public.phone_key(CASE v.reading WHEN 't' THEN v.text ELSE v.number::text END),
        match ->> 'value')
      -- A number with an extension is one of several people.
      AND v.text COLLATE "C" !~ '[A-Za-z#,;]';
  END IF;
  RETURN array_fill(first_id, ARRAY[least(found, 2)::integer]);
END $$;
