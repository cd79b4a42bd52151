/** What runs only with a privilege, by how a statement begins (Snowflake documentation, "Access control privileges"). */
const needed: readonly (readonly [RegExp, string])[] = [
  [/^use\s+role\b/, 'the role itself'],
  [/^use\s+warehouse\b/, 'USAGE'],
  [/^use\b/, 'USAGE'],
  [/^create\s+(or\s+replace\s+)?(secure\s+|recursive\s+)*view\b/, 'CREATE VIEW'],
  [/^create\s+(or\s+replace\s+)?(secure\s+)?function\b/, 'CREATE FUNCTION'],
  [/^create\s+(or\s+replace\s+)?(transient\s+)?schema\b/, 'CREATE SCHEMA'],
  [/^create\s+(or\s+replace\s+)?(transient\s+)?database\b/, 'CREATE DATABASE'],
  [/^create\s+(or\s+replace\s+)?((local\s+|global\s+)?temp(orary)?\s+|transient\s+)?table\b/, 'CREATE TABLE'],
  [/^alter\b[^]*\bset\s+tag\b/, 'APPLY on the tag, or OWNERSHIP'],
  [/^(alter|drop|undrop|comment)\b/, 'OWNERSHIP'],
  [/^(grant|revoke)\b/, 'MANAGE GRANTS, or OWNERSHIP'],
  [/^insert\b/, 'INSERT'],
  [/^update\b/, 'UPDATE'],
  [/^delete\b/, 'DELETE'],
  [/^truncate\b/, 'TRUNCATE'],
  [/^merge\b/, 'INSERT, UPDATE and DELETE'],
  [/^(select|with)\b/, 'SELECT'],
];

/** White space and comments, which Snowflake knows in three kinds. */
const leading = /^(?:\s|--[^\n]*|\/\/[^\n]*|\/\*[^]*?\*\/)+/;

/** A statement from its first word on. */
export const fromFirstWord = (sql: string): string => sql.replace(leading, '');

/** The privilege that a statement wants most likely; null where nobody can tell. */
export function privilegeFor(sql: string): string | null {
  const plain = fromFirstWord(sql).toLowerCase();
  return needed.find(([pattern]) => pattern.test(plain))?.[1] ?? null;
}
