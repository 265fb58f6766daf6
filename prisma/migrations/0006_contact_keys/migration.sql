-- How contacts are found: by the keys of contacts that were merged into them, and by words.
CREATE INDEX merged_contact_email_idx ON merged_contact (workspace_id, email_key(email));
CREATE INDEX merged_contact_phone_idx ON merged_contact (workspace_id, right(phone_key(phone), 7));

-- The text that a search of contacts looks at, one field a line.
CREATE FUNCTION contact_search(name text, phone text, email text) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
  RETURN public.search_fold(concat_ws(E'\n', name, phone, email));
END $$;
CREATE INDEX contact_search_idx ON contact
  USING gin (workspace_id, contact_search(name, phone, email) gin_trgm_ops) WITH (gin_pending_list_limit = 256);
