-- What one cutover does in its transaction, beside moving relations.
-- Sources: PostgreSQL documentation, "Explicit Locking", "CREATE VIEW", "ALTER POLICY", "ALTER STATISTICS".

-- What has to hold before a cutover changes anything; called with everything that moves locked. `expected` names, each
-- with {schema, name}: `states` (id: the oid of the relation, or of the one function; null for none), `seal` and `live`
-- (fingerprint). `leaving`, `functions`: oids of the relations and functions that leave live; `known`: what is known to
-- hold on to them (sql/postgres/ties.sql, object). Nobody waits for a function: who came to hold on to one in a
-- transaction that has not ended is not seen.
-- Raises LG001 (fenced) or LG002 (drifted, what differs as JSON in the detail).
create or replace function lastgreen.guard(environment text, fence bigint, expected jsonb) returns void
  language plpgsql set search_path = pg_catalog as $$
declare
  highest bigint;
  moved jsonb;
begin
  select s.claimed into highest from lastgreen.standing s where s.environment = guard.environment;
  if highest is distinct from fence then
    raise exception 'number % may change what readers get now; % may not any more', highest, fence using errcode = 'LG001';
  end if;
  select jsonb_agg(e.item) into moved from jsonb_array_elements(expected -> 'states') as e (item)
  where (item ->> 'id')::oid is distinct from coalesce((
    select c.oid from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = item ->> 'schema' and c.relname = item ->> 'name'), (
    select min(p.oid) from pg_proc p join pg_namespace n on n.oid = p.pronamespace
    where n.nspname = item ->> 'schema' and p.proname = item ->> 'name' having count(*) = 1));
  if moved is not null then
    raise exception 'a relation is not what it was' using errcode = 'LG002', detail = jsonb_build_object('of', 'states', 'moved', moved);
  end if;
  -- A view, a policy or a foreign key that came meanwhile would stay with what leaves. Keys are found by their triggers,
  -- which most relations have none of.
  with leaving as materialized (
    select e::oid as oid from jsonb_array_elements_text(expected -> 'leaving') e
  ), tie as (
    select d.classid, d.objid, l.oid from leaving l
    join pg_depend d on d.refclassid = 'pg_class'::regclass and d.refobjid = l.oid
      and d.classid in ('pg_rewrite'::regclass, 'pg_policy'::regclass)
    union all
    select d.classid, d.objid, null from jsonb_array_elements_text(expected -> 'functions') f
    join pg_depend d on d.refclassid = 'pg_proc'::regclass and d.refobjid = f::oid
      and d.classid in ('pg_rewrite'::regclass, 'pg_policy'::regclass)
  ), holder as (
    select 'reader ' || w.ev_class as object, w.ev_class as by, t.oid
    from tie t join pg_rewrite w on t.classid = 'pg_rewrite'::regclass and w.oid = t.objid
    union all
    select 'policy ' || p.oid, p.polrelid, t.oid
    from tie t join pg_policy p on t.classid = 'pg_policy'::regclass and p.oid = t.objid
    union all
    select 'key ' || f.oid, f.conrelid, l.oid
    from leaving l join pg_trigger t on t.tgrelid = l.oid and t.tgconstraint <> 0
    join pg_constraint f on f.oid = t.tgconstraint and f.contype = 'f'
  )
  select jsonb_agg(distinct jsonb_build_object('schema', n.nspname, 'name', c.relname)) into moved
  from holder h join pg_class c on c.oid = h.by join pg_namespace n on n.oid = c.relnamespace
  where h.by is distinct from h.oid and h.object not in (select e from jsonb_array_elements_text(expected -> 'known') e);
  if moved is not null then
    raise exception 'something came that holds on to what leaves live' using errcode = 'LG002', detail = jsonb_build_object('of', 'states', 'moved', moved);
  end if;
  for moved in select jsonb_build_object('of', asked.of, 'moved', jsonb_agg(asked.item))
    from (
      select k.of, e.item from (values ('seal'), ('live')) as k (of)
      cross join lateral jsonb_array_elements(coalesce(expected -> k.of, '[]')) as e (item)
    ) asked
    left join lastgreen.fingerprints(array(
      select distinct e.item ->> 'schema' from (values ('seal'), ('live')) as k (of)
      cross join lateral jsonb_array_elements(coalesce(expected -> k.of, '[]')) as e (item)
    )) f on f.schema_name = asked.item ->> 'schema' and f.name = asked.item ->> 'name'
    where f.fingerprint is distinct from asked.item ->> 'fingerprint'
    group by asked.of order by asked.of desc
  loop
    raise exception 'a relation was written to' using errcode = 'LG002', detail = moved;
  end loop;
end $$;

-- The last statement of a cutover. A claim under a higher number changes the row: then no row is found, and all that
-- the transaction did is undone.
create or replace function lastgreen.set_mark(environment text, fence bigint, mark jsonb) returns void
  language plpgsql set search_path = pg_catalog as $$
begin
  update lastgreen.standing s set mark = set_mark.mark where s.environment = set_mark.environment and s.claimed = fence;
  if not found then
    raise exception 'a higher number than % has claimed meanwhile', fence using errcode = 'LG001';
  end if;
end $$;

-- Binds a view that nobody moves to what now has the names in its text. Identity, owner, grants and triggers stay; its
-- columns have to ("CREATE VIEW"), or LG003 is raised with its name.
create or replace function lastgreen.bind(view regclass, options text, definition text) returns void
  language plpgsql set search_path = pg_catalog as $$
begin
  execute format('create or replace view %s %s as %s', view, options, definition);
exception when syntax_error_or_access_rule_violation or feature_not_supported then
  raise exception 'view % cannot be bound to what replaces what it reads: %', view, sqlerrm
    using errcode = case sqlstate when '42501' then sqlstate else 'LG003' end;
end $$;

-- Binds a policy to what now has the names in its text. Raises LG003 with its name when it does not take that.
create or replace function lastgreen.bind_policy(relation regclass, policy text, qual text, checked text) returns void
  language plpgsql set search_path = pg_catalog as $$
begin
  execute format('alter policy %I on %s %s %s', policy, relation,
    case when qual is null then '' else format('using (%s)', qual) end,
    case when checked is null then '' else format('with check (%s)', checked) end);
exception when syntax_error_or_access_rule_violation or feature_not_supported then
  raise exception 'policy % of % cannot be bound to what replaces what it reads: %', quote_ident(policy), relation, sqlerrm
    using errcode = case sqlstate when '42501' then sqlstate else 'LG003' end;
end $$;

-- Statistics of several columns lie in a schema of their own choice, and stay there when their table moves: these go
-- along, out of any of the schemas that relations have just left. In order: a name is vacated before it is taken.
create or replace function lastgreen.take_statistics(relations oid[], schemas text[]) returns void
  language plpgsql set search_path = pg_catalog as $$
declare one record;
begin
  for one in
    select s.stxname, n.nspname as lies, t.nspname as belongs, t.oid as to_be from unnest(relations) with ordinality as r (id, n)
    join pg_statistic_ext s on s.stxrelid = r.id join pg_namespace n on n.oid = s.stxnamespace
    join pg_class c on c.oid = r.id join pg_namespace t on t.oid = c.relnamespace
    where n.oid <> t.oid and n.nspname = any (schemas)
    order by r.n
  loop
    if not exists (select from pg_statistic_ext s where s.stxnamespace = one.to_be and s.stxname = one.stxname) then
      execute format('alter statistics %I.%I set schema %I', one.lies, one.stxname, one.belongs);
    end if;
  end loop;
end $$;
