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
-- The schema of live that it stands for.
alter table lastgreen.idle add column if not exists live text;

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

-- Who is let in, as an access control list has it and as a statement names it.
create or replace function lastgreen.role_name(grantee oid) returns text
  language sql stable set search_path = pg_catalog as $$
  select case when grantee = 0 then 'public' else quote_ident(pg_get_userbyid(grantee)) end
$$;
