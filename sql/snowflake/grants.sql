-- What the role needs that releases run as (the `role:` of dbt's target), for an administrator, in a worksheet. May be run
-- again. `lastgreen init` prints it with the names of the target, and `lastgreen doctor` says what is still missing.
-- Parameters: {role}; {database}; {warehouse}; {schema}, one that dbt builds in, with its database.
-- Run as a role that may grant all this, such as ACCOUNTADMIN.
-- Sources: Snowflake documentation, "GRANT <privileges>", "GRANT OWNERSHIP", "Access control privileges".

grant usage on warehouse {warehouse} to role {role};

-- Schemas of its own: LASTGREEN, SCHEMA__GREEN (where the next release is built), SCHEMA__Rn (what left live).
grant usage, create schema on database {database} to role {role};

-- From here on for each schema that dbt builds in. Only an owner can swap or rename what is there; readers keep their grants.
create schema if not exists {schema};
grant usage, create table, create view on schema {schema} to role {role};
grant ownership on all tables in schema {schema} to role {role} copy current grants;
grant ownership on all views in schema {schema} to role {role} copy current grants;

-- Only where `idle:` of lastgreen.yml says `swap: schemas`, for each schema that dbt builds in:
-- grant ownership on schema {schema} to role {role} copy current grants;

-- Only where `idle:` of lastgreen.yml names another database, so that whole databases change places:
-- grant create database on account to role {role};
-- grant ownership on database {database} to role {role} copy current grants;
