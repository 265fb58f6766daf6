-- Replaces names in double braces in the source of a function by lists of the columns of item. So a column that is
-- added to item needs no change in these functions, which are applied again after every migration.
--   {{columns}}          all stored columns; {{new.columns}}: those of (w.new)
--   {{changeable}}       those that an update may set, without title and values; {{new.changeable}}: those of (w.new)
--   {{read}}             a row `i` as it is: without search, and with values where `with_values`
--   {{row}}              a row as an operation leaves it: from the variables of decide_write
--   {{logged}}           an object of the fields of (w.new), without values, as the change log has those of a new item
--   {{compare}}          statements of diff_item that add the fields in which `old` and `new` differ to `before` and `after`
CREATE OR REPLACE FUNCTION item_template(source text) RETURNS text LANGUAGE plpgsql STABLE AS $$
DECLARE
  list record;
BEGIN
  SELECT
    string_agg(c.name, ', ' ORDER BY c.n) FILTER (WHERE c.is_stored) AS columns,
    string_agg(format(c.or_initial, '(w.new).' || c.name), ', ' ORDER BY c.n) FILTER (WHERE c.is_stored) AS new_columns,
    string_agg(c.name, ', ' ORDER BY c.n) FILTER (WHERE c.is_changeable) AS changeable,
    string_agg('(w.new).' || c.name, ', ' ORDER BY c.n) FILTER (WHERE c.is_changeable) AS new_changeable,
    string_agg(CASE WHEN NOT c.is_stored THEN 'NULL'
      WHEN c.raw = 'values' THEN 'CASE WHEN with_values THEN i."values" END'
      ELSE 'i.' || c.name END, ', ' ORDER BY c.n) AS read,
    string_agg(CASE WHEN NOT c.is_stored THEN 'NULL'
      ELSE coalesce('{
        "workspace_id": "the_workspace", "board_id": "the_board", "id": "w.id", "column_id": "op.to_column",
        "position": "coalesce(op.to_position, old.position)", "values": "its_values", "version": "coalesce(old.version, 0) + 1",
        "created_by_id": "coalesce(old.created_by_id, the_agent)", "created_at": "coalesce(old.created_at, now_is)",
        "updated_at": "now_is"}'::jsonb ->> c.raw,
        format(c.or_initial, 'new.' || c.name)) END, ', ' ORDER BY c.n) AS row,
    format('jsonb_build_object(%s)', string_agg(format('%L, (w.new).%s', c.raw, c.name), ', ' ORDER BY c.n)
      FILTER (WHERE c.is_logged)) AS logged,
    format('IF (%s) IS DISTINCT FROM (%s) THEN %s END IF;',
      string_agg('old.' || c.name, ', ' ORDER BY c.n) FILTER (WHERE c.is_compared),
      string_agg('new.' || c.name, ', ' ORDER BY c.n) FILTER (WHERE c.is_compared),
      string_agg(format('IF old.%1$s IS DISTINCT FROM new.%1$s THEN
          before := before || jsonb_build_object(%2$L, old.%1$s);
          after := after || jsonb_build_object(%2$L, new.%1$s);
        END IF;', c.name, c.raw), ' ' ORDER BY c.n) FILTER (WHERE c.is_compared)) AS compare
  INTO list
  FROM (
    SELECT a.attnum AS n, a.attname AS raw, quote_ident(a.attname) AS name, a.attgenerated = '' AS is_stored,
      a.attgenerated = ''
        AND a.attname <> ALL ('{workspace_id,board_id,id,created_by_id,created_at,title,values}') AS is_changeable,
      a.attgenerated = '' AND a.attname <> ALL ('{workspace_id,board_id,id,values,version,updated_at}') AS is_logged,
      a.attgenerated = '' AND a.attname <> ALL (
        '{workspace_id,board_id,id,created_by_id,created_at,values,version,updated_at}') AS is_compared,
      CASE WHEN d.adbin IS NULL THEN '%s'
        ELSE 'coalesce(%s, ' || replace(pg_get_expr(d.adbin, d.adrelid), '%', '%%') || ')' END AS or_initial
    FROM pg_attribute a LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    WHERE a.attrelid = 'public.item'::regclass AND a.attnum > 0 AND NOT a.attisdropped
  ) c;
  RETURN replace(replace(replace(replace(replace(replace(replace(replace(source,
    '{{columns}}', list.columns), '{{new.columns}}', list.new_columns),
    '{{changeable}}', list.changeable), '{{new.changeable}}', list.new_changeable),
    '{{read}}', list.read), '{{row}}', list.row), '{{compare}}', list.compare),
    '{{logged}}', list.logged);
END $$;
