import type pg from 'pg';

/** Where lastgreen keeps what is its own, and what it builds and sets aside. */
const OWN = '^(pg_|information_schema$|lastgreen$|analytics__)';

/** Rows of the engine's catalogs, identities and all, by what they are about. */
export type Objects = ReadonlyMap<string, string>;

/**
 * Every object of the database but those that are `changed` (relations and functions of analytics, with all that is part
 * of them) and
 * the engine's and lastgreen's own: as the engine has it, without what maintenance changes.
 */
export async function objects(client: pg.Client, changed: readonly string[]): Promise<Objects> {
  const { rows } = await client.query<{ what: string; line: string }>(everything, [OWN, changed]);
  return new Map(rows.map(({ what, line }) => [what, line]));
}

/** What is not in both, and what is another one. */
export const differences = (before: Objects, after: Objects): readonly string[] =>
  [...new Set([...before.keys(), ...after.keys()])]
    .filter((what) => before.get(what) !== after.get(what))
    .map((what) => `${what}: ${before.get(what) ?? 'nothing'} -> ${after.get(what) ?? 'nothing'}`);

const everything = `
with ours as (
  select oid from pg_namespace where nspname !~ $1
), named as (
  select c.oid, c.reltoastrelid from pg_class c
  where c.relnamespace = 'analytics'::regnamespace and c.relname = any ($2)
), gone as (
  select oid from named
  union select indexrelid from pg_index where indrelid in (select oid from named)
  union select objid from pg_depend
    where classid = 'pg_class'::regclass and refclassid = 'pg_class'::regclass and refobjid in (select oid from named) and deptype in ('a', 'i')
), kept as (
  select oid, reltoastrelid from pg_class where relnamespace in (select oid from ours) and oid not in (select oid from gone)
), relation as (
  select oid from kept union select reltoastrelid from kept where reltoastrelid <> 0
), found as (
  select 'pg_class' as catalog, c.oid, 0 as sub, c.relname::text as name,
    to_jsonb(c) - '{relpages,reltuples,relallvisible,relallfrozen,relfrozenxid,relminmxid}'::text[] as line
  from pg_class c where oid in (select oid from relation)
  union all
  select 'pg_attribute', a.attrelid, a.attnum, a.attname, to_jsonb(a) from pg_attribute a
  where attrelid in (select oid from relation) and attnum > 0
  union all
  select 'pg_attrdef', d.adrelid, d.adnum, '', to_jsonb(d) from pg_attrdef d where adrelid in (select oid from relation)
  union all
  select 'pg_constraint', c.oid, 0, c.conname, to_jsonb(c) from pg_constraint c where conrelid in (select oid from relation)
  union all
  select 'pg_index', i.indexrelid, 0, '', to_jsonb(i) from pg_index i where indexrelid in (select oid from relation)
  union all
  select 'pg_sequence', s.seqrelid, 0, '', to_jsonb(s) from pg_sequence s where seqrelid in (select oid from relation)
  union all
  select 'pg_policy', p.oid, 0, p.polname, to_jsonb(p) from pg_policy p where polrelid in (select oid from relation)
  union all
  select 'pg_trigger', t.oid, 0, t.tgname, to_jsonb(t) from pg_trigger t where tgrelid in (select oid from relation)
  union all
  -- The rule of a view that was bound anew reads another relation, by identity; what it says stays.
  select 'pg_rewrite', w.oid, 0, w.rulename, to_jsonb(w) - 'ev_action' || jsonb_build_object('text', pg_get_ruledef(w.oid))
  from pg_rewrite w where ev_class in (select oid from relation)
  union all
  select 'pg_statistic_ext', s.oid, 0, s.stxname, to_jsonb(s) from pg_statistic_ext s where stxrelid in (select oid from relation)
  union all
  select 'pg_proc', p.oid, 0, p.proname, to_jsonb(p) from pg_proc p
  where pronamespace in (select oid from ours) and not (pronamespace = 'analytics'::regnamespace and proname = any ($2))
  union all
  select 'pg_namespace', n.oid, 0, n.nspname, to_jsonb(n) from pg_namespace n where oid in (select oid from ours)
  union all
  select 'pg_default_acl', d.oid, 0, '', to_jsonb(d) from pg_default_acl d where defaclnamespace = 0 or defaclnamespace in (select oid from ours)
)
select catalog || ' ' || oid || '/' || sub || ' ' || name as what, line::text as line from found
union all
select 'pg_description ' || d.classoid::regclass || ' ' || d.objoid || '/' || d.objsubid, d.description
from pg_description d join found r on r.oid = d.objoid and r.catalog::regclass = d.classoid and r.sub = 0
`;

/** A relation as somebody who knows nothing of identities sees it; equal for equal ones in two databases. */
export type Description = Readonly<Record<string, unknown>>;

/** What relations of analytics are, by name, with all that belongs to them, and a hash of their rows. */
export async function described(
  client: pg.Client,
  names: readonly string[],
): Promise<Readonly<Record<string, Description>>> {
  await client.query("set search_path = ''");
  const { rows } = await client.query<{ name: string; found: Description }>(wholly, [names]);
  const all: Record<string, Description> = {};
  for (const { name, found: is } of rows) {
    if (is['kind'] === 'function') {
      all[name] = is;
      continue;
    }
    const hashed = await client.query<{ rows: string }>(
      `select count(*) || ' ' || md5(string_agg(t::text, ' ' order by t::text)) as rows from analytics.${name} t`,
    );
    all[name] = { ...is, rows: hashed.rows[0]?.rows };
  }
  return all;
}

const granted = (acl: string): string => `(
  select jsonb_agg(format('%s to %s by %s%s', a.privilege_type, case when a.grantee = 0 then 'public' else pg_catalog.pg_get_userbyid(a.grantee) end,
    pg_catalog.pg_get_userbyid(a.grantor), case when a.is_grantable then ', and further' else '' end) order by a.grantee, a.privilege_type)
  from pg_catalog.aclexplode(${acl}) a)`;

/**
 * dbt names an index by a hash with the time in it, which is quoted where it begins with a digit; and what the engine
 * names for dbt has a number at its end where the name is still that of the table before.
 */
const named = (text: string): string =>
  `regexp_replace(regexp_replace(${text}, '"?[0-9a-f]{32}"?', '(by dbt)'), '(__dbt_tmp_[a-z_]+)[0-9]+', '\\1')`;

const wholly = `
select c.relname as name, jsonb_build_object(
  'kind', c.relkind, 'persistence', c.relpersistence, 'options', c.reloptions,
  'row security', c.relrowsecurity, 'forced', c.relforcerowsecurity, 'comment', obj_description(c.oid, 'pg_class'),
  'text', case when c.relkind in ('v', 'm') then pg_get_viewdef(c.oid) end,
  'rights', jsonb_build_object('owner', pg_get_userbyid(c.relowner), 'grants', ${granted("coalesce(c.relacl, acldefault('r', c.relowner))")},
    'of columns', (select jsonb_object_agg(a.attname, ${granted('a.attacl')}) from pg_attribute a where a.attrelid = c.oid and a.attacl is not null)),
  'columns', (
    select jsonb_agg(jsonb_build_object('name', a.attname, 'type', format_type(a.atttypid, a.atttypmod), 'not null', a.attnotnull,
      'default', pg_get_expr(d.adbin, d.adrelid), 'identity', a.attidentity, 'generated', a.attgenerated, 'storage', a.attstorage,
      'compression', a.attcompression, 'collation', a.attcollation::regcollation::text, 'statistics', a.attstattarget,
      'options', a.attoptions, 'comment', col_description(c.oid, a.attnum)) order by a.attnum)
    from pg_attribute a left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
    where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped),
  'constraints', (
    select jsonb_agg(jsonb_build_object('name', ${named('k.conname')}, 'is', pg_get_constraintdef(k.oid), 'comment', obj_description(k.oid, 'pg_constraint'))
      order by k.conname) from pg_constraint k where k.conrelid = c.oid),
  'indexes', (
    select jsonb_agg(jsonb_build_object('is', ${named('pg_get_indexdef(i.indexrelid)')}, 'comment', obj_description(i.indexrelid, 'pg_class'),
      'valid', i.indisvalid, 'clustered', i.indisclustered, 'identity', i.indisreplident) order by ${named('pg_get_indexdef(i.indexrelid)')})
    from pg_index i where i.indrelid = c.oid),
  'statistics', (
    select jsonb_agg(pg_get_statisticsobjdef(s.oid) order by s.stxname) from pg_statistic_ext s where s.stxrelid = c.oid),
  'policies', (
    select jsonb_agg(to_jsonb(p) - '{schemaname,tablename}'::text[] order by p.policyname)
    from pg_policies p where p.schemaname = 'analytics' and p.tablename = c.relname),
  'triggers', (select jsonb_agg(t.tgname order by t.tgname) from pg_trigger t where t.tgrelid = c.oid and not t.tgisinternal),
  'sequences', (
    select jsonb_agg(jsonb_build_object('name', s.oid::regclass::text, 'column', a.attname, 'owner', pg_get_userbyid(s.relowner),
      'grants', ${granted("coalesce(s.relacl, acldefault('s', s.relowner))")}, 'comment', obj_description(s.oid, 'pg_class'),
      'last', pg_sequence_last_value(s.oid), 'is', to_jsonb(q) - 'seqrelid') order by s.relname)
    from pg_depend d join pg_class s on s.oid = d.objid and s.relkind = 'S' join pg_sequence q on q.seqrelid = s.oid
    join pg_attribute a on a.attrelid = d.refobjid and a.attnum = d.refobjsubid
    where d.classid = 'pg_class'::regclass and d.refclassid = 'pg_class'::regclass and d.refobjid = c.oid and d.deptype in ('a', 'i'))
) as found
from pg_class c where c.relnamespace = 'analytics'::regnamespace and c.relname = any ($1)
union all
select p.proname, jsonb_build_object('kind', 'function', 'text', pg_get_functiondef(p.oid), 'comment', obj_description(p.oid, 'pg_proc'),
  'rights', jsonb_build_object('owner', pg_get_userbyid(p.proowner), 'grants', ${granted("coalesce(p.proacl, acldefault('f', p.proowner))")}))
from pg_proc p where p.pronamespace = 'analytics'::regnamespace and p.proname = any ($1)
`;
