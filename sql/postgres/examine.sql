-- What a release needs of the server and of the role that it runs as; changes nothing. One row, `facts`.
-- Parameters: $1 names that readers use, as JSON [{"schema", "name"}]; $2 schemas that releases are built in; $3 the
-- schema of the target.
-- Sources: PostgreSQL documentation, "System Information Functions", "Lock Management", "Server Signaling Functions".
with live as (
  select n.schema, n.name from jsonb_to_recordset($1::jsonb) as n (schema text, name text)
), homes as (
  select l.schema as name from live l union select $3::text
), found as (
  select c.oid, c.relname as name, n.nspname as schema, c.relkind, c.relowner, pg_get_userbyid(c.relowner) as owner,
    pg_has_role(c.relowner, 'usage') as owned
  from live l join pg_namespace n on n.nspname = l.schema join pg_class c on c.relnamespace = n.oid and c.relname = l.name
  where c.relkind in ('r', 'p', 'v', 'm', 'f')
), callable as (
  select distinct on (n.nspname, p.proname) p.proname as name, n.nspname as schema, p.proowner
  from live l join pg_namespace n on n.nspname = l.schema join pg_proc p on p.pronamespace = n.oid and p.proname = l.name
  where not pg_has_role(p.proowner, 'usage') and not exists (select from found f where f.schema = n.nspname and f.name = p.proname)
    and not exists (select from pg_depend e where e.classid = 'pg_proc'::regclass and e.objid = p.oid and e.deptype = 'e')
)
select json_build_object(
  'version', current_setting('server_version'),
  'major', current_setting('server_version_num')::int / 10000,
  'standby', pg_is_in_recovery(),
  'pid', pg_backend_pid(),
  'database', current_database(),
  'role', current_user,
  'mayMakeSchemas', has_database_privilege(current_database(), 'create'),
  -- Sessions of dbt belong to the role that logged in.
  'maySignal', (pg_has_role(session_user, 'usage') or pg_has_role('pg_signal_backend', 'usage'))
    and (select not l.rolsuper or r.rolsuper from pg_roles l, pg_roles r where l.rolname = session_user and r.rolname = current_user),
  'loginIsSuperuser', (select rolsuper from pg_roles where rolname = session_user),
  'maySeeSessions', pg_has_role('pg_read_all_stats', 'usage'),
  -- All objects that can be locked at one time on the whole server.
  'locks', current_setting('max_locks_per_transaction')::bigint
    * (current_setting('max_connections')::int + current_setting('max_prepared_transactions')::int),
  'sessions', current_setting('max_connections')::int + current_setting('max_prepared_transactions')::int,
  -- A relation that moves is one, and so is every sequence that it owns; what leaves and what comes.
  'locksNeeded', 2 * ((select count(*) from found) + (
    select count(*) from found f join pg_depend d on d.classid = 'pg_class'::regclass and d.refclassid = 'pg_class'::regclass
      and d.refobjid = f.oid and d.deptype in ('a', 'i') join pg_class s on s.oid = d.objid and s.relkind = 'S')),
  'liveNames', (select count(*) from found),
  'homes', (select json_agg(s.name order by s.name) from homes s),
  'liveSchemas', coalesce((
    select json_agg(json_build_object('name', n.nspname, 'owner', pg_get_userbyid(n.nspowner),
      'mayUse', has_schema_privilege(n.oid, 'usage'), 'mayMake', has_schema_privilege(n.oid, 'create')) order by n.nspname)
    from pg_namespace n where n.nspname in (select s.name from homes s)), '[]'),
  'foreignSchemas', coalesce((
    select json_agg(json_build_object('name', n.nspname, 'owner', pg_get_userbyid(n.nspowner)) order by n.nspname)
    from pg_namespace n
    where (n.nspname = 'lastgreen' or n.nspname = any ($2) or n.nspname in (select s.name || '__green' from homes s)
        or regexp_replace(n.nspname, '__r[0-9]+(_r[0-9]+)?$', '') in (select s.name from homes s) and n.nspname ~ '__r[0-9]+(_r[0-9]+)?$')
      and not pg_has_role(n.nspowner, 'usage')), '[]'),
  'foreignRelations', coalesce((
    select json_agg(json_build_object('schema', f.schema, 'name', f.name, 'owner', r.rolname, 'kind', f.kind,
      'ownerIsSuperuser', r.rolsuper) order by f.schema, f.name)
    from (
      select f.schema, f.name, f.relowner as owner,
        case f.relkind when 'v' then 'view' when 'm' then 'materialized view' when 'f' then 'foreign table' else 'table' end as kind
      from found f where not f.owned
      union all
      select c.schema, c.name, c.proowner, 'function' from callable c
    ) f join pg_roles r on r.oid = f.owner), '[]')
) as facts
