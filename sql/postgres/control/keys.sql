-- Foreign keys, which hold relations by identity.
-- Sources: PostgreSQL documentation, "ALTER TABLE" (NOT VALID, VALIDATE CONSTRAINT), "pg_constraint".

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
