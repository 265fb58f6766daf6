-- Phone numbers with an extension, a zero in parentheses or the digits of other scripts have a key. src/domain/readings.ts has the same rules.

-- The digits of a number without leading zeros; null for a text with letters or fewer than 7 digits.
CREATE FUNCTION phone_digits(input text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN input COLLATE "C" !~ '[A-Za-z@]'
  THEN substring(ltrim(regexp_replace(input COLLATE "C", '[^0-9]', '', 'g'), '0') FROM '^.{7,}$') END;

-- By what phone numbers are equal: the digits without leading zeros, a zero in parentheses and an extension.
CREATE OR REPLACE FUNCTION phone_key(input text) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
  number text := input;
BEGIN
  IF length(input) NOT BETWEEN 7 AND 200 OR position('@' IN input) > 0 THEN RETURN NULL; END IF;
  IF octet_length(input) <> length(input) THEN
    number := translate(input, '٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹०१२३४५६७८९০১২৩৪৫৬৭৮৯๐๑๒๓๔๕๖๗๘๙０１２３４５６７８９',
      '012345678901234567890123456789012345678901234567890123456789');
  END IF;
  -- The zero that is left out from abroad, as in +49 (0)30 123456.
  number := replace(number, '(0)', '');
  IF number COLLATE "C" !~ '([0-9][^0-9]*){7}' THEN RETURN NULL; END IF;
  RETURN coalesce(public.phone_digits(regexp_replace(number COLLATE "C",
    '[ ,;]*(x|ext[.]?|extension|#|,|;)[ .:=]*[0-9]{1,6} *$', '', 'i')), public.phone_digits(number));
END $$;

REINDEX INDEX contact_phone_idx;
REINDEX INDEX merged_contact_phone_idx;
REINDEX INDEX item_value_phone_idx;
