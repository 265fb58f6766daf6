-- The items that an upsert `as` EMAIL or PHONE matches, at most two: those whose value under `match.key` has the key
-- `match.value` of an e-mail address or a phone number.
CREATE OR REPLACE FUNCTION items_by_key(the_workspace text, the_board text, match jsonb) RETURNS text[]
LANGUAGE plpgsql STABLE AS $$
BEGIN
  IF match ->> 'as' = 'EMAIL' THEN
    RETURN ARRAY(SELECT v.item_id FROM public.item_value v
      WHERE v.workspace_id = the_workspace AND v.board_id = the_board AND v.key = match ->> 'key' AND v.reading = 't'
        AND public.email_key(v.text) = match ->> 'value'
      ORDER BY v.item_id LIMIT 2);
  END IF;
  RETURN ARRAY(SELECT v.item_id FROM public.item_value v
    WHERE v.workspace_id = the_workspace AND v.board_id = the_board AND v.key = match ->> 'key'
      AND v.reading IN ('n', 't')
      AND right(public.phone_key(CASE v.reading WHEN 't' THEN v.text ELSE v.number::text END), 7)
        = right(match ->> 'value', 7)
      AND public.phones_match(public.phone_key(CASE v.reading WHEN 't' THEN v.text ELSE v.number::text END),
        match ->> 'value')
    ORDER BY v.item_id LIMIT 2);
END $$;
