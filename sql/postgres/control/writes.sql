-- Whether a relation was written to.
-- Sources: PostgreSQL documentation, "CREATE TRIGGER", "The Cumulative Statistics System".

-- Called after every statement that writes to a watched relation, with the rights of this function's owner: whoever
-- loads data needs none on this schema.
create or replace function lastgreen.note_write() returns trigger
  language plpgsql security definer set search_path = pg_catalog as $$
begin
  insert into lastgreen.writes (relation) values (tg_relid);
  return null;
end $$;

-- From here on every write to a table is counted. Waits for writers that have begun, not for readers.
create or replace function lastgreen.count_writes(relations oid[]) returns void
  language plpgsql set search_path = pg_catalog as $$
declare one oid;
begin
  foreach one in array relations loop
    continue when not exists (select from pg_class where oid = one and relkind in ('r', 'p'));
    continue when exists (select from pg_trigger where tgrelid = one and tgname = 'lastgreen_writes');
    execute format(
      'create trigger lastgreen_writes after insert or update or delete or truncate on %s for each statement execute function lastgreen.note_write()',
      one::regclass);
  end loop;
end $$;

-- A text for each relation, and each name of a function, of some schemas that changes when its rows or its definition do, and stays when it moves to
-- another schema. Exact for tables that are watched; for others by the engine's statistics, which lag by seconds. A
-- materialized view that is refreshed is filled anew, in another file; CONCURRENTLY, which writes into the same, is not seen.
create or replace function lastgreen.fingerprints(schemas text[])
  returns table (schema_name text, name text, fingerprint text)
  language sql stable set search_path = pg_catalog as $$
  select n.nspname::text, c.relname::text,
    concat_ws(' ', c.oid, c.relkind, c.relfilenode, columns.text, view.text,
      case
        when c.relkind in ('v', 'm', 'f') then null
        when watched.yes then 'writes ' || (select count(*) from lastgreen.writes w where w.relation = c.oid)
        else 'rows ' || concat_ws('/', pg_stat_get_tuples_inserted(c.oid), pg_stat_get_tuples_updated(c.oid),
          pg_stat_get_tuples_deleted(c.oid))
      end)
  from pg_class c
  join pg_namespace n on n.oid = c.relnamespace
  cross join lateral (
    select md5(string_agg(concat_ws(' ', a.attname, a.atttypid, a.atttypmod, a.attnotnull), ',' order by a.attnum)) as text
    from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
  ) columns
  -- The rule as the engine keeps it names what it reads by identity: the same wherever that is moved to.
  left join lateral (
    select md5(r.ev_action::text) as text from pg_rewrite r where r.ev_class = c.oid and r.rulename = '_RETURN'
  ) view on true
  cross join lateral (
    select exists (select from pg_trigger t where t.tgrelid = c.oid and t.tgname = 'lastgreen_writes') as yes
  ) watched
  where n.nspname = any (schemas) and c.relkind in ('r', 'p', 'v', 'm', 'f')
  union all
  select f.schema_name, f.name, f.fingerprint from lastgreen.function_fingerprints(schemas) f
$$;
