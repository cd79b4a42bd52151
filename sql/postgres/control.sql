-- What lastgreen keeps in the database for itself, in a schema of its own that no release moves.
-- Run by the first claim of each version; may be run again at any time. Needs CREATE on the database.
-- Sources: PostgreSQL documentation, "System Catalogs", "The Cumulative Statistics System", "Explicit Locking".

create schema if not exists lastgreen;

-- One row for each environment, named by the schema of its dbt target. `claimed`: the highest number that may change
-- what readers get. `mark`: which release is live, changed by the last statement of a cutover.
create table if not exists lastgreen.standing (
  environment text primary key,
  claimed bigint not null default 0,
  mark jsonb
);

-- A line for every statement that wrote to a relation that is watched, in the writer's own transaction: counted, it
-- tells exactly whether a relation was written to. Only ever inserted to, so that writers never wait for each other.
create table if not exists lastgreen.writes (
  relation oid not null,
  at timestamptz not null default now()
);
create index if not exists writes_relation on lastgreen.writes (relation);

-- Schemas that releases are built in: nothing else is ever filled or given up.
create table if not exists lastgreen.idle (
  environment text not null,
  schema_name text primary key
);

-- Schemas in which rests what left live, by the content that left.
create table if not exists lastgreen.kept (
  environment text not null,
  schema_name text not null,
  release text not null,
  sha text not null,
  displaced_by text not null,
  at timestamptz not null default now(),
  primary key (environment, schema_name)
);

-- Views that rest there, as they were when they left live: a build on live that replaces what they read drops them.
create table if not exists lastgreen.kept_view (
  environment text not null,
  schema_name text not null,
  name text not null,
  definition text not null,
  options text[],
  owner text not null,
  grants jsonb not null,
  comment text,
  primary key (environment, schema_name, name)
);
-- For each column that has any: comment, and grants as of the view.
alter table lastgreen.kept_view add column if not exists columns jsonb not null default '[]';

-- Foreign keys that a relation had to what stayed when it left live: at rest it must not hold up who deletes there. The
-- relation keeps its oid wherever it goes. `definition`: names what it refers to by its live name; `validated`: all rows
-- were known to keep to it. The row goes once the key is there again as it was.
create table if not exists lastgreen.kept_key (
  environment text not null,
  relation oid not null,
  name text not null,
  definition text not null,
  validated boolean not null,
  primary key (relation, name)
);

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

-- A text for each relation of some schemas that changes when its rows or its definition do, and stays when it moves to
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
$$;

-- What has to hold before a cutover changes anything; called with everything that moves locked. `expected` names, each
-- with {schema, name}: `states` (id: the relation's oid, null for none), `seal` and `live` (fingerprint). `leaving`: oids
-- of what leaves live; `known`: what is known to hold on to it (sql/postgres/ties.sql, object).
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
  where (item ->> 'id')::oid is distinct from (
    select c.oid from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = item ->> 'schema' and c.relname = item ->> 'name');
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
  where h.by <> h.oid and h.object not in (select e from jsonb_array_elements_text(expected -> 'known') e);
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

-- Who may do what, by name; null stands for everybody.
create or replace function lastgreen.grants_in(acl aclitem[]) returns jsonb
  language sql stable set search_path = pg_catalog as $$
  select coalesce(jsonb_agg(jsonb_build_object(
    'grantee', case when a.grantee = 0 then null else pg_get_userbyid(a.grantee) end,
    'privilege', a.privilege_type, 'grantable', a.is_grantable)), '[]')
  from aclexplode(acl) a
$$;

-- Remembers what left live, and every view that rests as it is now: what it reads may have moved with this cutover.
create or replace function lastgreen.keep(environment text, schemas text[], release text, sha text, displaced_by text)
  returns void language plpgsql set search_path = pg_catalog as $$
begin
  insert into lastgreen.kept (environment, schema_name, release, sha, displaced_by)
    select keep.environment, s, keep.release, keep.sha, keep.displaced_by from unnest(schemas) s
    on conflict on constraint kept_pkey do nothing;
  insert into lastgreen.kept_view (environment, schema_name, name, definition, options, owner, grants, comment, columns)
    select keep.environment, n.nspname, c.relname, pg_get_viewdef(c.oid), c.reloptions, pg_get_userbyid(c.relowner),
      lastgreen.grants_in(c.relacl), obj_description(c.oid, 'pg_class'),
      coalesce((select jsonb_agg(jsonb_build_object('name', a.attname, 'comment', col_description(c.oid, a.attnum),
          'grants', lastgreen.grants_in(a.attacl)))
        from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
          and (a.attacl is not null or col_description(c.oid, a.attnum) is not null)), '[]')
    from lastgreen.kept k join pg_namespace n on n.nspname = k.schema_name
    join pg_class c on c.relnamespace = n.oid and c.relkind = 'v'
    where k.environment = keep.environment
    on conflict on constraint kept_view_pkey do update set definition = excluded.definition, options = excluded.options,
      owner = excluded.owner, grants = excluded.grants, comment = excluded.comment, columns = excluded.columns;
end $$;

-- Makes kept views again that a build on live has dropped together with what they read. What cannot be made again (it
-- reads what is not there any more) is left out. Returns how many are back.
create or replace function lastgreen.mend(environment text) returns integer
  language plpgsql set search_path = pg_catalog as $$
declare
  one record;
  granted record;
  said jsonb;
  made integer := 0;
begin
  for one in
    select v.* from lastgreen.kept_view v join pg_namespace n on n.nspname = v.schema_name
    where v.environment = mend.environment
      and not exists (select from pg_class c where c.relnamespace = n.oid and c.relname = v.name)
  loop
    begin
      execute format('create view %I.%I %s as %s', one.schema_name, one.name,
        case when one.options is null then '' else 'with (' || array_to_string(one.options, ', ') || ')' end, one.definition);
      if to_regrole(quote_ident(one.owner)) is not null then
        perform lastgreen.give(format('%I.%I', one.schema_name, one.name)::regclass, one.owner);
      end if;
      for granted in
        select e as grants, null as name from jsonb_array_elements(one.grants) e
        union all
        select e, c ->> 'name' from jsonb_array_elements(one.columns) c cross join lateral jsonb_array_elements(c -> 'grants') e
      loop
        continue when to_regrole(quote_ident(granted.grants ->> 'grantee')) is null and granted.grants ->> 'grantee' is not null;
        execute format('grant %s %s on %I.%I to %s %s', granted.grants ->> 'privilege',
          case when granted.name is null then '' else format('(%I)', granted.name) end, one.schema_name, one.name,
          coalesce(quote_ident(granted.grants ->> 'grantee'), 'public'),
          case when (granted.grants ->> 'grantable')::boolean then 'with grant option' else '' end);
      end loop;
      if one.comment is not null then
        execute format('comment on view %I.%I is %L', one.schema_name, one.name, one.comment);
      end if;
      for said in select c from jsonb_array_elements(one.columns) c where c ->> 'comment' is not null loop
        execute format('comment on column %I.%I.%I is %L', one.schema_name, one.name, said ->> 'name', said ->> 'comment');
      end loop;
      made := made + 1;
    exception when syntax_error_or_access_rule_violation or feature_not_supported or invalid_schema_name then
      null;
    end;
  end loop;
  return made;
end $$;

-- The text of a foreign key, as one to another table.
create or replace function lastgreen.key_to(key oid, other text) returns text
  language sql stable set search_path = pg_catalog as $$
  select regexp_replace(
    replace(pg_get_constraintdef(f.oid), ' REFERENCES ' || f.confrelid::regclass || '(', ' REFERENCES ' || other || '('),
    ' NOT VALID$', '')
  from pg_constraint f where f.oid = key
$$;

-- What came back to live refers again to what it did. Its rows are looked at later, by lastgreen.mend_keys: nobody waits
-- for that behind the locks of a cutover (PostgreSQL documentation, "ALTER TABLE", NOT VALID). A key that cannot be made,
-- as where its other end is not there any more, does not stop anybody who goes back: it is tried again with every claim.
create or replace function lastgreen.refer_again(environment text, relations oid[]) returns void
  language plpgsql set search_path = pg_catalog as $$
declare one record;
begin
  for one in
    select k.* from lastgreen.kept_key k
    where k.environment = refer_again.environment and k.relation = any (relations)
      and not exists (select from pg_constraint f where f.conrelid = k.relation and f.conname = k.name)
    order by k.relation, k.name
  loop
    begin
      execute format('alter table %s add constraint %I %s not valid', one.relation::regclass, one.name, one.definition);
    exception when syntax_error_or_access_rule_violation or feature_not_supported or invalid_schema_name then
      null;
    end;
  end loop;
end $$;

-- After everything has moved: what rests and what is live let go of each other, and what is live refers to what is live.
-- `live`: of each schema that something rests in, the one that has what is live in its place.
create or replace function lastgreen.let_go(environment text, leaving oid[], coming oid[], live jsonb) returns void
  language plpgsql set search_path = pg_catalog as $$
declare
  one record;
  again oid[] := coming;
begin
  for one in
    with resting as materialized (
      select n.oid, n.nspname from lastgreen.kept k join pg_namespace n on n.nspname = k.schema_name
      where k.environment = let_go.environment
    ), key as (
      -- Both ends of one have its triggers.
      select distinct t.tgconstraint as oid from unnest(leaving || coming) as m (oid)
      join pg_trigger t on t.tgrelid = m.oid and t.tgconstraint <> 0
    )
    select f.oid as key, f.conrelid, f.conname, f.convalidated, c.oid as other, c.relname, r.nspname as rests
    from key k join pg_constraint f on f.oid = k.oid and f.contype = 'f' and f.conparentid = 0
    join pg_class o on o.oid = f.conrelid join pg_class c on c.oid = f.confrelid
    left join resting r on r.oid = c.relnamespace
    where (o.relnamespace in (select oid from resting)) <> (r.oid is not null)
    order by f.conrelid, f.conname
  loop
    continue when one.rests is not null and live ->> one.rests is null;
    insert into lastgreen.kept_key (environment, relation, name, definition, validated)
      values (let_go.environment, one.conrelid, one.conname, lastgreen.key_to(one.key,
        case when one.rests is null then one.other::regclass::text else format('%I.%I', live ->> one.rests, one.relname) end),
        one.convalidated)
      on conflict on constraint kept_key_pkey
      do update set definition = excluded.definition, validated = kept_key.validated or excluded.validated;
    execute format('alter table %s drop constraint %I', one.conrelid::regclass, one.conname);
    if one.rests is not null then
      again := again || one.conrelid;
    end if;
  end loop;
  perform lastgreen.refer_again(environment, again);
end $$;

-- Looks at the rows of what came back to live and refers again. One that does not keep to its key leaves it as it is: it
-- holds for what is written from here on. Stops nobody, and waits for nobody.
create or replace function lastgreen.mend_keys(environment text) returns void
  language plpgsql set search_path = pg_catalog set lock_timeout = '200ms' as $$
declare one record;
begin
  delete from lastgreen.kept_key k where not exists (select from pg_class c where c.oid = k.relation);
  for one in
    select k.relation, k.name, k.validated from lastgreen.kept_key k join pg_class c on c.oid = k.relation
    join pg_namespace n on n.oid = c.relnamespace
    where k.environment = mend_keys.environment
      and n.nspname not in (select s.schema_name from lastgreen.kept s where s.environment = mend_keys.environment)
    order by k.relation, k.name
  loop
    begin
      perform lastgreen.refer_again(environment, array[one.relation]);
      continue when not exists (select from pg_constraint f where f.conrelid = one.relation and f.conname = one.name);
      if one.validated then
        execute format('alter table %s validate constraint %I', one.relation::regclass, one.name);
      end if;
      delete from lastgreen.kept_key k where k.relation = one.relation and k.name = one.name;
    exception
      when integrity_constraint_violation then
        delete from lastgreen.kept_key k where k.relation = one.relation and k.name = one.name;
      when lock_not_available or deadlock_detected or syntax_error_or_access_rule_violation or feature_not_supported then
        null;
    end;
  end loop;
end $$;

-- Foreign keys that hold up the dropping of relations that nobody reads: of others like them, and of their own to what
-- is live, where dropping would keep readers waiting for as long as somebody reads.
create or replace function lastgreen.free_of_keys(relations text[]) returns void
  language plpgsql set search_path = pg_catalog set lock_timeout = '200ms' as $$
declare one record;
begin
  for one in
    with going as materialized (
      select to_regclass(r)::oid as oid from unnest(relations) r where to_regclass(r) is not null
    ), aside as materialized (
      select n.oid from pg_namespace n where n.nspname like 'lastgreen\_trash\_%'
        or n.nspname in (select schema_name from lastgreen.kept union all select schema_name from lastgreen.idle)
    ), key as (
      select distinct t.tgconstraint as oid from going join pg_trigger t on t.tgrelid = going.oid and t.tgconstraint <> 0
    )
    select f.conrelid::regclass as relation, f.conname
    from key k join pg_constraint f on f.oid = k.oid and f.contype = 'f' and f.conparentid = 0 and f.conrelid <> f.confrelid
    join pg_class c on c.oid = f.conrelid
    where c.relnamespace in (select oid from aside)
    order by f.confrelid, f.conrelid
  loop
    execute format('alter table %s drop constraint %I', one.relation, one.conname);
  end loop;
end $$;

-- A copy refers to others as the relation does that it will replace: to each of `now` where that refers to the same of
-- `was`. Returns the keys whose rows lastgreen.check_key has still to look at. Raises LG003 for what cannot be referred to.
create or replace function lastgreen.refer(live regclass, copy regclass, was regclass[], now regclass[])
  returns setof text language plpgsql set search_path = pg_catalog set lock_timeout = '200ms' as $$
declare one record;
begin
  for one in
    select f.oid as key, f.conname, f.convalidated, o.after as other
    from pg_constraint f join unnest(was, now) as o (before, after) on o.before = f.confrelid
    where f.conrelid = live and f.contype = 'f' and f.conparentid = 0
    order by f.conname
  loop
    if not exists (select from pg_constraint n where n.conrelid = copy and n.conname = one.conname) then
      begin
        execute format('alter table %s add constraint %I %s not valid', copy, one.conname,
          lastgreen.key_to(one.key, one.other::text));
      exception when syntax_error_or_access_rule_violation or feature_not_supported then
        raise exception 'foreign key % of % cannot refer to %: %', quote_ident(one.conname), live, one.other, sqlerrm
          using errcode = case sqlstate when '42501' then sqlstate else 'LG003' end;
      end;
    end if;
    if one.convalidated and exists (
      select from pg_constraint n where n.conrelid = copy and n.conname = one.conname and not n.convalidated)
    then
      return next one.conname;
    end if;
  end loop;
end $$;

-- Looks at the rows of a copy while others write to what it refers to. Raises LG003 for one that refers to nothing.
create or replace function lastgreen.check_key(relation regclass, key text) returns void
  language plpgsql set search_path = pg_catalog as $$
declare said text;
begin
  execute format('alter table %s validate constraint %I', relation, key);
exception when integrity_constraint_violation then
  get stacked diagnostics said = pg_exception_detail;
  raise exception 'a row of % does not keep to foreign key %: %', relation, quote_ident(key), said using errcode = 'LG003';
end $$;

-- Gives a relation to an owner, with what belongs to it.
create or replace function lastgreen.give(relation oid, owner name) returns void
  language plpgsql set search_path = pg_catalog as $$
declare
  to_be record;
  right_there text;
begin
  select c.relkind, c.relnamespace, n.nspname, pg_get_userbyid(c.relowner) as owner into strict to_be
    from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.oid = relation;
  if owner = to_be.owner then
    return;
  end if;
  -- An owner must be able to make relations where its own lie ("ALTER TABLE", OWNER TO): for this moment.
  if not has_schema_privilege(owner, to_be.relnamespace, 'create') then
    right_there := format('create on schema %I', to_be.nspname);
    execute format('grant %s to %I', right_there, owner);
  end if;
  execute format('alter %s %s owner to %I', case to_be.relkind when 'v' then 'view' when 'm' then 'materialized view'
    when 'f' then 'foreign table' else 'table' end, relation::regclass, owner);
  if right_there is not null then
    execute format('revoke %s from %I', right_there, owner);
  end if;
end $$;

-- Gives a relation the owner of another. Before anything is granted: what the owner before had goes to the new one.
create or replace function lastgreen.own_alike(live oid, other oid) returns void
  language sql set search_path = pg_catalog as $$
  select lastgreen.give(other, pg_get_userbyid(relowner)) from pg_class where oid = live
$$;

-- Gives what will replace a live relation at least the rights and protections that live has: owner, grants (of columns
-- too), row security with its policies, a view's security options, and comments where the new one has none. Nothing is
-- taken away: what the project itself grants stays. What the new one cannot have (a policy on a column that it lacks) is
-- left out: the gate `protection` tells it by name.
create or replace function lastgreen.protect(live oid, green oid) returns void
  language plpgsql set search_path = pg_catalog as $$
declare
  was pg_class;
  now pg_class;
  one record;
  what text;
begin
  perform lastgreen.own_alike(live, green);
  select * into strict was from pg_class where oid = live;
  select * into strict now from pg_class where oid = green;
  what := case now.relkind when 'v' then 'view' when 'm' then 'materialized view' when 'f' then 'foreign table' else 'table' end;
  for one in
    select a.grantee, a.privilege_type, a.is_grantable from aclexplode(was.relacl) a
    where a.grantee <> was.relowner
    except
    select a.grantee, a.privilege_type, a.is_grantable from aclexplode(now.relacl) a
  loop
    execute format('grant %s on %s to %s %s', one.privilege_type, green::regclass,
      case when one.grantee = 0 then 'public' else quote_ident(pg_get_userbyid(one.grantee)) end,
      case when one.is_grantable then 'with grant option' else '' end);
  end loop;
  for one in
    select o.attname, a.grantee, a.privilege_type, a.is_grantable
    from pg_attribute o join pg_attribute n on n.attrelid = green and n.attname = o.attname and not n.attisdropped
    cross join lateral aclexplode(o.attacl) a
    where o.attrelid = live and o.attnum > 0 and not o.attisdropped
    except
    select n.attname, a.grantee, a.privilege_type, a.is_grantable
    from pg_attribute n cross join lateral aclexplode(n.attacl) a where n.attrelid = green
  loop
    execute format('grant %s (%I) on %s to %s %s', one.privilege_type, one.attname, green::regclass,
      case when one.grantee = 0 then 'public' else quote_ident(pg_get_userbyid(one.grantee)) end,
      case when one.is_grantable then 'with grant option' else '' end);
  end loop;
  if was.relrowsecurity and not now.relrowsecurity and now.relkind in ('r', 'p') then
    execute format('alter table %s enable row level security', green::regclass);
  end if;
  if was.relforcerowsecurity and not now.relforcerowsecurity and now.relkind in ('r', 'p') then
    execute format('alter table %s force row level security', green::regclass);
  end if;
  for one in
    select p.* from pg_policy p where p.polrelid = live
      and not exists (select from pg_policy n where n.polrelid = green and n.polname = p.polname)
  loop
    begin
      execute format('create policy %I on %s as %s for %s to %s %s %s', one.polname, green::regclass,
        case when one.polpermissive then 'permissive' else 'restrictive' end,
        case one.polcmd when 'r' then 'select' when 'a' then 'insert' when 'w' then 'update' when 'd' then 'delete' else 'all' end,
        (select string_agg(case when r = 0 then 'public' else quote_ident(pg_get_userbyid(r)) end, ', ') from unnest(one.polroles) r),
        case when one.polqual is null then '' else format('using (%s)', pg_get_expr(one.polqual, live)) end,
        case when one.polwithcheck is null then '' else format('with check (%s)', pg_get_expr(one.polwithcheck, live)) end);
    exception when undefined_column or wrong_object_type then
      null;
    end;
  end loop;
  if now.relkind = 'v' and was.relkind = 'v' then
    for one in
      select o from unnest(was.reloptions) o where o ~ '^(security_barrier|security_invoker|check_option)='
        and not (o = any (coalesce(now.reloptions, '{}')))
    loop
      execute format('alter view %s set (%s)', green::regclass, one.o);
    end loop;
  end if;
  if obj_description(green, 'pg_class') is null and obj_description(live, 'pg_class') is not null then
    execute format('comment on %s %s is %L', what, green::regclass, obj_description(live, 'pg_class'));
  end if;
  for one in
    select n.attname, col_description(live, o.attnum) as said
    from pg_attribute o join pg_attribute n on n.attrelid = green and n.attname = o.attname and not n.attisdropped
    where o.attrelid = live and o.attnum > 0 and not o.attisdropped
      and col_description(live, o.attnum) is not null and col_description(green, n.attnum) is null
  loop
    execute format('comment on column %s.%I is %L', green::regclass, one.attname, one.said);
  end loop;
end $$;

-- The same for what rests and is to come back in live's place: it also loses what live does not grant any more, and
-- policies that live has otherwise or, where live hides rows, not at all.
create or replace function lastgreen.protect_kept(live oid, kept oid) returns void
  language plpgsql set search_path = pg_catalog as $$
declare one record;
begin
  perform lastgreen.own_alike(live, kept);
  for one in
    select given.grantee from (
      (select null::name as attname, a.grantee, a.privilege_type, a.is_grantable
       from pg_class c cross join lateral aclexplode(c.relacl) a where c.oid = kept and a.grantee <> c.relowner
       except
       select null, a.grantee, a.privilege_type, a.is_grantable
       from pg_class c cross join lateral aclexplode(c.relacl) a where c.oid = live)
      union all
      (select o.attname, a.grantee, a.privilege_type, a.is_grantable
       from pg_attribute o join pg_attribute l on l.attrelid = live and l.attname = o.attname and not l.attisdropped
       cross join lateral aclexplode(o.attacl) a where o.attrelid = kept and o.attacl is not null
       except
       select l.attname, a.grantee, a.privilege_type, a.is_grantable
       from pg_attribute l cross join lateral aclexplode(l.attacl) a where l.attrelid = live and l.attacl is not null)
    ) given group by given.grantee
  loop
    -- All of it, with whom they passed it on to: what live grants is granted anew.
    execute format('revoke all on %s from %s cascade', kept::regclass,
      case when one.grantee = 0 then 'public' else quote_ident(pg_get_userbyid(one.grantee)) end);
  end loop;
  for one in
    select k.polname from pg_policy k left join pg_policy l on l.polrelid = live and l.polname = k.polname
    where k.polrelid = kept and case when l.oid is null then (select c.relrowsecurity from pg_class c where c.oid = live)
      else (k.polcmd, k.polpermissive, k.polroles, pg_get_expr(k.polqual, kept), pg_get_expr(k.polwithcheck, kept))
        is distinct from (l.polcmd, l.polpermissive, l.polroles, pg_get_expr(l.polqual, live), pg_get_expr(l.polwithcheck, live)) end
  loop
    execute format('drop policy %I on %s', one.polname, kept::regclass);
  end loop;
  perform lastgreen.protect(live, kept);
end $$;

-- New tables of the idle schema get the rights by default that new tables of the live schema get, and no others.
create or replace function lastgreen.default_rights(live text, green text) returns void
  language plpgsql set search_path = pg_catalog as $$
declare one record;
begin
  for one in
    with given as (
      select n.nspname, d.defaclrole, d.defaclobjtype, a.grantee, a.privilege_type, a.is_grantable
      from pg_default_acl d join pg_namespace n on n.oid = d.defaclnamespace
      cross join lateral aclexplode(d.defaclacl) a
      where n.nspname in (live, green) and d.defaclobjtype in ('r', 'S', 'f') and pg_has_role(d.defaclrole, 'member')
    ), wanted as (
      select defaclrole, defaclobjtype, grantee, privilege_type, is_grantable from given where nspname = live
    ), has as (
      select defaclrole, defaclobjtype, grantee, privilege_type, is_grantable from given where nspname = green
    )
    select 1 as step, 'revoke' as what, 'from' as towards, gone.* from (select * from has except select * from wanted) gone
    union all
    select 2, 'grant', 'to', come.* from (select * from wanted except select * from has) come
    order by step
  loop
    execute format('alter default privileges for role %I in schema %I %s %s on %s %s %s %s',
      pg_get_userbyid(one.defaclrole), green, one.what, one.privilege_type,
      case one.defaclobjtype when 'r' then 'tables' when 'S' then 'sequences' else 'functions' end, one.towards,
      case when one.grantee = 0 then 'public' else quote_ident(pg_get_userbyid(one.grantee)) end,
      case when one.is_grantable and one.what = 'grant' then 'with grant option' else '' end);
  end loop;
end $$;

-- Gives a copy of a relation, or of a sequence, the rights that it grants to others, also on columns, and no others:
-- what a schema gives new relations by default was not given to those that are there.
create or replace function lastgreen.grant_alike(source oid, copy oid) returns void
  language plpgsql set search_path = pg_catalog as $$
declare
  one record;
  what text;
begin
  select case when c.relkind = 'S' then 'sequence ' else 'table ' end || c.oid::regclass into strict what
    from pg_class c where c.oid = copy;
  for one in
    select distinct a.grantee from pg_class c cross join lateral aclexplode(c.relacl) a
    where c.oid = copy and a.grantee <> c.relowner
  loop
    execute format('revoke all on %s from %s', what,
      case when one.grantee = 0 then 'public' else quote_ident(pg_get_userbyid(one.grantee)) end);
  end loop;
  for one in
    select '' as columns, a.grantee, a.privilege_type, a.is_grantable
    from pg_class c cross join lateral aclexplode(c.relacl) a where c.oid = source and a.grantee <> c.relowner
    union all
    select format('(%I)', o.attname), a.grantee, a.privilege_type, a.is_grantable
    from pg_attribute o cross join lateral aclexplode(o.attacl) a where o.attrelid = source and not o.attisdropped
  loop
    execute format('grant %s %s on %s to %s %s', one.privilege_type, one.columns, what,
      case when one.grantee = 0 then 'public' else quote_ident(pg_get_userbyid(one.grantee)) end,
      case when one.is_grantable then 'with grant option' else '' end);
  end loop;
end $$;

-- Gives the indexes, constraints and statistics of a copy their names and comments, which LIKE makes up anew: people and
-- loaders know them by name (ON CONFLICT ON CONSTRAINT). A name that is taken in the schema of the copy is left out.
create or replace function lastgreen.name_alike(source oid, copy oid) returns void
  language plpgsql set search_path = pg_catalog as $$
declare
  one record;
  space text;
  made oid[];
  names text[];
begin
  select n.nspname into strict space from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.oid = copy;
  with index as (
    select i.indexrelid as id, i.indrelid as of, c.relname as name, d.what,
      row_number() over (partition by i.indrelid, d.what order by c.relname) as n
    from pg_index i join pg_class c on c.oid = i.indexrelid
    left join pg_constraint k on k.conindid = i.indexrelid and k.conrelid = i.indrelid and k.contype in ('p', 'u', 'x')
    -- What follows the names of the index and of its table.
    cross join lateral (select concat_ws(' ', k.contype, i.indisunique, substr(pg_get_indexdef(i.indexrelid), length(
      format('CREATE %sINDEX %I ON %s ', case when i.indisunique then 'UNIQUE ' else '' end, c.relname, i.indrelid::regclass))))
    ) d (what)
    where i.indrelid in (source, copy)
  )
  select array_agg(c.id), array_agg(s.name::text) into made, names
    from index s join index c on c.of = copy and c.what = s.what and c.n = s.n
    where s.of = source and s.name <> c.name;
  -- Two may have each other's.
  for i in 1 .. coalesce(array_length(made, 1), 0) loop
    execute format('alter index %s rename to %I', made[i]::regclass, 'lastgreen_' || made[i]);
  end loop;
  for i in 1 .. coalesce(array_length(made, 1), 0) loop
    if to_regclass(format('%I.%I', space, names[i])) is null then
      execute format('alter index %s rename to %I', made[i]::regclass, names[i]);
    end if;
  end loop;
  for one in
    select i.indisclustered, i.indisreplident, c.relname from pg_index i join pg_class c on c.oid = i.indexrelid
    where i.indrelid = source and (i.indisclustered or i.indisreplident)
      and exists (select from pg_index t join pg_class n on n.oid = t.indexrelid where t.indrelid = copy and n.relname = c.relname)
  loop
    execute format('alter table %s %s %I', copy::regclass,
      case when one.indisclustered then 'cluster on' else 'replica identity using index' end, one.relname);
  end loop;
  for one in
    select k.conname, obj_description(k.oid, 'pg_constraint') as said
    from pg_constraint k join pg_constraint c on c.conrelid = copy and c.conname = k.conname
    where k.conrelid = source and obj_description(k.oid, 'pg_constraint') is not null
  loop
    execute format('comment on constraint %I on %s is %L', one.conname, copy::regclass, one.said);
  end loop;
  for one in
    with statistic as (
      select s.oid as id, s.stxrelid as of, s.stxname as name, s.stxstattarget as target, d.what,
        row_number() over (partition by s.stxrelid, d.what order by s.stxname) as n
      from pg_statistic_ext s join pg_namespace n on n.oid = s.stxnamespace
      cross join lateral (select replace(substr(pg_get_statisticsobjdef(s.oid),
        length(format('CREATE STATISTICS %I.%I ', n.nspname, s.stxname))), ' FROM ' || s.stxrelid::regclass, '')) d (what)
      where s.stxrelid in (source, copy)
    )
    select s.name, c.name as made, s.target, obj_description(s.id, 'pg_statistic_ext') as said,
      exists (select from pg_statistic_ext t join pg_namespace n on n.oid = t.stxnamespace where n.nspname = space and t.stxname = s.name) as taken
    from statistic s join statistic c on c.of = copy and c.what = s.what and c.n = s.n
    where s.of = source
  loop
    if coalesce(one.target, -1) >= 0 then
      execute format('alter statistics %I.%I set statistics %s', space, one.made, one.target);
    end if;
    if one.said is not null then
      execute format('comment on statistics %I.%I is %L', space, one.made, one.said);
    end if;
    if not one.taken then
      execute format('alter statistics %I.%I rename to %I', space, one.made, one.name);
    end if;
  end loop;
end $$;

-- Gives the copy of a sequence its type, which LIKE leaves out, its name, where that is free, comment and rights.
create or replace function lastgreen.sequence_alike(source oid, copy oid) returns void
  language plpgsql set search_path = pg_catalog as $$
declare
  was record;
begin
  select format_type(q.seqtypid, null) as type, c.relname as name, n.nspname as space into strict was
    from pg_sequence q join pg_class c on c.oid = q.seqrelid
    join pg_class t on t.oid = copy join pg_namespace n on n.oid = t.relnamespace where q.seqrelid = source;
  execute format('alter sequence %s as %s', copy::regclass, was.type);
  if to_regclass(format('%I.%I', was.space, was.name)) is null then
    execute format('alter sequence %s rename to %I', copy::regclass, was.name);
  end if;
  if obj_description(source, 'pg_class') is not null then
    execute format('comment on sequence %s is %L', copy::regclass, obj_description(source, 'pg_class'));
  end if;
  perform lastgreen.grant_alike(source, copy);
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

-- Copies a table: its columns with defaults, identity, constraints, indexes, storage, statistics targets and comments,
-- then its rows; rights, names and comments as they are. Sequences that it owns are made anew and go on where the old
-- ones are. Raises LG003 for what has no copy. Source: PostgreSQL documentation, "CREATE TABLE", LIKE.
create or replace function lastgreen.copy_table(source oid, schema_name text, name text) returns void
  language plpgsql set search_path = pg_catalog as $$
declare
  was pg_class;
  target oid;
  one record;
  columns text;
  options text;
begin
  select * into strict was from pg_class where oid = source;
  if was.relkind <> 'r' or was.relispartition then
    raise exception '% is %: it has no copy', source::regclass,
      case when was.relispartition then 'a partition' when was.relkind = 'p' then 'a partitioned table'
        when was.relkind = 'm' then 'a materialized view' when was.relkind = 'f' then 'a foreign table' else 'no table' end
      using errcode = 'LG003';
  end if;
  if exists (select from pg_inherits where inhrelid = source or inhparent = source) then
    raise exception '% inherits, or is inherited from: it has no copy', source::regclass using errcode = 'LG003';
  end if;
  options := array_to_string(was.reloptions, ', ');
  execute format('create %s table %I.%I (like %s including all) %s', case when was.relpersistence = 'u' then 'unlogged' else '' end,
    schema_name, name, source::regclass, case when options is null then '' else 'with (' || options || ')' end);
  target := format('%I.%I', schema_name, name)::regclass;
  -- LIKE makes a constraint that was never checked one that holds for every row.
  for one in
    select conname from pg_constraint where conrelid = source and contype in ('c', 'n') and not convalidated
  loop
    execute format('alter table %s drop constraint %I', target::regclass, one.conname);
  end loop;
  select string_agg(quote_ident(attname), ', ' order by attnum) into columns
    from pg_attribute where attrelid = source and attnum > 0 and not attisdropped and attgenerated = '';
  if columns is not null then
    execute format('insert into %s (%s) overriding system value select %s from only %s', target::regclass, columns, columns, source::regclass);
  end if;
  for one in
    select o.attname, o.attstattarget as statistics, o.attoptions
    from pg_attribute o where o.attrelid = source and o.attnum > 0 and not o.attisdropped
      and (coalesce(o.attstattarget, -1) >= 0 or o.attoptions is not null)
  loop
    if one.statistics >= 0 then
      execute format('alter table %s alter column %I set statistics %s', target::regclass, one.attname, one.statistics);
    end if;
    if one.attoptions is not null then
      execute format('alter table %s alter column %I set (%s)', target::regclass, one.attname, array_to_string(one.attoptions, ', '));
    end if;
  end loop;
  for one in
    select conname, pg_get_constraintdef(oid) as definition from pg_constraint
    where conrelid = source and contype in ('c', 'n') and not convalidated
  loop
    execute format('alter table %s add constraint %I %s', target::regclass, one.conname, one.definition);
  end loop;
  perform lastgreen.name_alike(source, target);
  perform lastgreen.grant_alike(source, target);
  -- A sequence that belongs to a column: an identity's was made with the table, a serial's is still the old table's.
  for one in
    select a.attname, a.attidentity <> '' as identity, s.oid as sequence, q.seqtypid, q.seqstart, q.seqincrement, q.seqmin, q.seqmax, q.seqcache, q.seqcycle, s.relname
    from pg_depend d join pg_class s on s.oid = d.objid and s.relkind = 'S' join pg_sequence q on q.seqrelid = s.oid
    join pg_attribute a on a.attrelid = d.refobjid and a.attnum = d.refobjsubid
    where d.classid = 'pg_class'::regclass and d.refclassid = 'pg_class'::regclass and d.refobjid = source and d.deptype in ('a', 'i')
  loop
    if not one.identity then
      execute format('create sequence %I.%I as %s start with %s increment %s minvalue %s maxvalue %s cache %s %s owned by %s.%I',
        schema_name, one.relname, format_type(one.seqtypid, null), one.seqstart, one.seqincrement, one.seqmin, one.seqmax, one.seqcache,
        case when one.seqcycle then 'cycle' else 'no cycle' end, target::regclass, one.attname);
      execute format('alter table %s alter column %I set default nextval(%L)', target::regclass, one.attname,
        format('%I.%I', schema_name, one.relname));
    end if;
    perform lastgreen.sequence_alike(one.sequence, pg_get_serial_sequence(target::regclass::text, one.attname)::regclass);
    execute format('select setval(pg_get_serial_sequence(%L, %L), last_value, is_called) from %s',
      target::regclass::text, one.attname, one.sequence::regclass);
  end loop;
  -- LIKE leaves out foreign keys. Those to other tables come with lastgreen.refer, once it is known where these are.
  for one in
    select f.conname, lastgreen.key_to(f.oid, target::regclass::text) as definition, f.convalidated
    from pg_constraint f where f.conrelid = source and f.confrelid = source and f.contype = 'f'
  loop
    execute format('alter table %s add constraint %I %s %s', target::regclass, one.conname, one.definition,
      case when one.convalidated then '' else 'not valid' end);
  end loop;
  execute format('analyze %s', target::regclass);
end $$;
