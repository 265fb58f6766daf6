-- Keys at less cost, with the same results.

-- By what phone numbers are equal, as phone_key defines it, for a text of the length of a number.
CREATE FUNCTION phone_number_key(input text) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
  number text := input;
BEGIN
  IF octet_length(input) <> length(input) THEN
    number := translate(input, '٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹०१२३४५६७८९০১২৩৪৫৬৭৮৯๐๑๒๓๔๕๖๗๘๙０１２３４５６７８９',
      '012345678901234567890123456789012345678901234567890123456789');
  END IF;
  -- The zero that is left out from abroad, as in +49 (0)30 123456.
  number := replace(number, '(0)', '');
  IF length(number) - length(translate(number, '0123456789', '')) < 7 THEN RETURN NULL; END IF;
  -- Every extension has one of these characters.
  IF number = translate(number, 'xX#,;', '') THEN RETURN public.phone_digits(number); END IF;
  RETURN coalesce(public.phone_digits(regexp_replace(number COLLATE "C",
    '[ ,;]*(x|ext[.]?|extension|#|,|;)[ .:=]*[0-9]{1,6} *$', '', 'i')), public.phone_digits(number));
END $$;

-- By what phone numbers are equal: the digits without leading zeros, a zero in parentheses and an extension. An expression,
-- because an index of item_value asks for it at every value, and most values are no phone numbers by their length.
CREATE OR REPLACE FUNCTION phone_key(input text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN length(input) BETWEEN 7 AND 200 AND position('@' IN input) = 0 THEN phone_number_key(input) END;

-- An open session keeps the expressions of its indexes with the function before inlined, and would not use them any more: a
-- change of the index makes it read them again.
ALTER INDEX contact_phone_idx RESET (fillfactor);
ALTER INDEX merged_contact_phone_idx RESET (fillfactor);
ALTER INDEX item_value_phone_idx RESET (fillfactor);

-- The key of the agent includes the workspace.
ALTER TABLE idempotency_record DROP CONSTRAINT idempotency_record_workspace_id_fkey;
