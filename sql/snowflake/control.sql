-- What lastgreen keeps in the account for itself, in a schema of its own that no release moves.
-- Run by the first claim; may be run again at any time, and is then no change. Needs CREATE SCHEMA on the database.
-- Parameters: {control}, the schema with its database, quoted; {version}, a literal that says which text of this file was run.
-- Sources: Snowflake documentation, "CREATE SCHEMA", "CREATE TABLE".

create schema if not exists {control};

-- One row for each environment, named by the schema of its dbt target. CLAIMED: the highest number that may change what
-- readers get. MARK: which release is live, as JSON, changed by the last statement of a cutover.
create table if not exists {control}.STANDING (
  ENVIRONMENT varchar not null,
  CLAIMED number(38, 0) not null,
  MARK varchar
);

-- Sessions that are about to cut over, so that whoever claims a higher number can end what they still run.
create table if not exists {control}.CUTTING (
  ENVIRONMENT varchar not null,
  FENCE number(38, 0) not null,
  SESSION_ID varchar not null
);

-- Schemas, or databases, that releases are built in: nothing else is ever filled or given up. LIVE: what it stands for.
create table if not exists {control}.IDLE (
  ENVIRONMENT varchar not null,
  NAME varchar not null,
  LIVE varchar
);

-- Schemas, or databases, in which rests what left live, by the content that left.
create table if not exists {control}.KEPT (
  ENVIRONMENT varchar not null,
  NAME varchar not null,
  RELEASE varchar not null,
  SHA varchar not null,
  DISPLACED_BY varchar not null,
  LEFT_AT timestamp_tz not null default current_timestamp()
);

-- What rests in such a schema, and nothing else that lies there does. DEFINITION: of a view, which is kept by its text, because it
-- would read what lies beside it; null for what is there itself. PROTECTION: as JSON, the rights it had when it left.
create table if not exists {control}.RESTING (
  SCHEMA_NAME varchar not null,
  NAME varchar not null,
  DEFINITION varchar,
  PROTECTION varchar
);

comment on schema {control} is {version};
