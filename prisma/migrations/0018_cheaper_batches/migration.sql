-- The search text and the keys of phone numbers at less cost, with the same results, and what a batch knows of contacts.

-- The title and every scalar in the values, one a line, folded. A search word contains no white space, so a match
-- lies within the title or within one value. Only scalars are equal to themselves in a JSON path. Without a query, whose
-- start would cost as much as the rest: jsonb_populate_record reads the texts of a JSON array into an array of some type. A type
-- of its own would not reach the workers of Citus, which follow the arguments of functions but not their bodies.
CREATE OR REPLACE FUNCTION item_search(title text, item_values jsonb) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
  RETURN public.search_fold(title || E'\n' || array_to_string((jsonb_populate_record(NULL::public.item_operation,
    jsonb_build_object('removed', jsonb_path_query_array(item_values, 'strict $.** ? (@ == @)')))).removed, E'\n'));
END $$;

-- By what phone numbers are equal, as phone_key defines it, for a text of the length of a number.
CREATE OR REPLACE FUNCTION phone_number_key(input text) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
  number text := input;
  signs  text;
BEGIN
  IF octet_length(input) <> length(input) THEN
    number := translate(input, '٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹०१२३४५६७८९০১২৩৪৫৬৭৮৯๐๑๒๓๔๕๖๗๘๙０１２３４５６７８９',
      '012345678901234567890123456789012345678901234567890123456789');
  END IF;
  -- The zero that is left out from abroad, as in +49 (0)30 123456.
  number := replace(number, '(0)', '');
  signs := translate(number, '0123456789', '');
  IF length(number) - length(signs) < 7 THEN RETURN NULL; END IF;
  -- Every extension has one of these characters.
  IF signs COLLATE "C" !~ '[A-Za-z@#,;]' THEN
    number := ltrim(translate(number, signs, ''), '0');
    RETURN CASE WHEN length(number) >= 7 THEN number END;
  END IF;
  RETURN coalesce(public.phone_digits(regexp_replace(number COLLATE "C",
    '[ ,;]*(x|ext[.]?|extension|#|,|;)[ .:=]*[0-9]{1,6} *$', '', 'i')), public.phone_digits(number));
END $$;

-- True where the contact that an operation names is known to exist.
ALTER TYPE item_operation ADD ATTRIBUTE has_contact boolean;
