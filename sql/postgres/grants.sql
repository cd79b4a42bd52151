-- What the role needs that releases run as (the user of dbt's target, or its `role:`), for a DBA. May be run again.
--
--   psql -d shop -v role=deploy -v schemas=analytics,analytics_marts -f grants.sql
--
-- Parameters: role; schemas: those that dbt builds in, with commas between (no blanks).
-- Run as a superuser, or as a role that may grant all this. `lastgreen doctor` says what is still missing.
-- Sources: PostgreSQL documentation, "GRANT", "ALTER TABLE", "Predefined Roles", psql "\gexec".

\set ON_ERROR_STOP on
begin;
set local client_min_messages = warning;

-- Schemas of its own: lastgreen, SCHEMA__green (where the next release is built), SCHEMA__rN (what left live).
select format('grant connect, create on database %I to %I', current_database(), :'role') \gexec

-- The names that readers use.
select format('create schema if not exists %I', s) from unnest(string_to_array(:'schemas', ',')) s \gexec
select format('grant usage, create on schema %I to %I', s, :'role') from unnest(string_to_array(:'schemas', ',')) s \gexec

-- Only an owner moves a relation: the role becomes a member of the owners of what is there. What a superuser owns becomes
-- the role's own, because a member of a superuser could become one. Of lastgreen's own schemas, too, which somebody else
-- may have made.
create temporary view ours as
  select n.oid, n.nspname, regexp_replace(n.nspname, '__green|__r[0-9]+(_r[0-9]+)?$', '') as live from pg_namespace n;
select distinct format('grant %I to %I', o.rolname, :'role')
from ours n join pg_class c on c.relnamespace = n.oid join pg_roles o on o.oid = c.relowner
where n.live = any (string_to_array(:'schemas', ',')) and c.relkind in ('r', 'p', 'v', 'm', 'f')
  and not o.rolsuper and not pg_has_role(:'role', o.oid, 'usage') \gexec
select format('alter %s %I.%I owner to %I', case c.relkind when 'v' then 'view' when 'm' then 'materialized view'
  when 'f' then 'foreign table' else 'table' end, n.nspname, c.relname, :'role')
from ours n join pg_class c on c.relnamespace = n.oid join pg_roles o on o.oid = c.relowner
where (n.live = any (string_to_array(:'schemas', ',')) and o.rolsuper or n.nspname = 'lastgreen')
  and c.relkind in ('r', 'p', 'v', 'm', 'f') and not pg_has_role(:'role', o.oid, 'usage') \gexec
-- Functions of the live schemas, without those of extensions.
create temporary view callable as
  select p.oid, p.proowner, n.live, o.rolname, o.rolsuper
  from ours n join pg_proc p on p.pronamespace = n.oid join pg_roles o on o.oid = p.proowner
  where n.live = any (string_to_array(:'schemas', ','))
    and not exists (select from pg_depend e where e.classid = 'pg_proc'::regclass and e.objid = p.oid and e.deptype = 'e');
select distinct format('grant %I to %I', f.rolname, :'role')
from callable f where not f.rolsuper and not pg_has_role(:'role', f.proowner, 'usage') \gexec
select format('alter routine %s owner to %I', f.oid::regprocedure, :'role')
from callable f where f.rolsuper and not pg_has_role(:'role', f.proowner, 'usage') \gexec
drop view callable;
select format('alter schema %I owner to %I', n.nspname, :'role')
from ours n join pg_namespace s on s.oid = n.oid
where (n.nspname = 'lastgreen' or n.live <> n.nspname and n.live = any (string_to_array(:'schemas', ',')))
  and not pg_has_role(:'role', s.nspowner, 'usage') \gexec
select format('alter function %s owner to %I', p.oid::regprocedure, :'role')
from ours n join pg_proc p on p.pronamespace = n.oid
where n.nspname = 'lastgreen' and not pg_has_role(:'role', p.proowner, 'usage') \gexec

-- Sees what other sessions run, so that it can say what blocks a cutover.
select format('grant pg_read_all_stats to %I', :'role')
where not pg_has_role(:'role', 'pg_read_all_stats', 'usage') \gexec

drop view ours;
commit;
