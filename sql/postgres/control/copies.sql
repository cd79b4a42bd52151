-- Copies of tables with history.
-- Sources: PostgreSQL documentation, "CREATE TABLE" (LIKE), "ALTER TABLE", "CREATE STATISTICS".

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
      lastgreen.role_name(one.grantee));
  end loop;
  for one in
    select '' as columns, a.grantee, a.privilege_type, a.is_grantable
    from pg_class c cross join lateral aclexplode(c.relacl) a where c.oid = source and a.grantee <> c.relowner
    union all
    select format('(%I)', o.attname), a.grantee, a.privilege_type, a.is_grantable
    from pg_attribute o cross join lateral aclexplode(o.attacl) a where o.attrelid = source and not o.attisdropped
  loop
    execute format('grant %s %s on %s to %s %s', one.privilege_type, one.columns, what,
      lastgreen.role_name(one.grantee),
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
