-- Returns the response, or fails if it is over 8 MiB, so that the write is rolled back.
CREATE OR REPLACE FUNCTION check_response_size(response jsonb) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
  IF pg_column_size(response) > 8388608 THEN
    RAISE EXCEPTION USING ERRCODE = 'IG001', MESSAGE = 'the response is too large';
  END IF;
  RETURN response;
END $$;
