import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const folder = (path: string): string => fileURLToPath(new URL(`../../../../${path}/`, import.meta.url));
const filesOf = (path: string, end: string): readonly (readonly [name: string, text: string])[] =>
  readdirSync(folder(path))
    .filter((name) => name.endsWith(end))
    .map((name) => [name, readFileSync(folder(path) + name, 'utf8')]);

/** A page by its title. */
const page = /documentation,\s(?:\s*\*\s)?"[^"]+"/i;

/** The beginning of a statement that is no plain DML: what it does is not what every SQL engine does. */
const statement =
  /['`](?:alter|create|drop|undrop|show|grant|revoke|comment|merge) [^'`]|system\$|information_schema\./;

/** Each declaration at the left margin, with the comment before it. */
const declarations = (text: string): readonly string[] => text.split(/\n\n(?=\S)/);

const undocumented = (text: string): readonly string[] =>
  declarations(text).filter((one) => statement.test(one.replaceAll(/^\s*(?:\/\/|\/?\*).*$/gm, '')) && !page.test(one));

describe('what runs on Snowflake', () => {
  it.each(filesOf('sql/snowflake', '.sql'))('%s says in its header which page documents it', (_, text) => {
    const header = text.split('\n').filter((_, n, all) => all.slice(0, n + 1).every((one) => one.startsWith('--')));
    expect(header.join('\n')).toMatch(/Sources?: Snowflake documentation, "[^"]+"/);
  });

  it.each(filesOf('src/warehouse/snowflake', '.ts'))('%s names a page beside each statement', (_, text) => {
    expect(undocumented(text)).toEqual([]);
  });

  it('is noticed where no page is named', () => {
    const bare = '/** Away with it. */\nconst gone = (name: string) => `drop table if exists ${name}`;\n';
    expect(undocumented(bare)).toHaveLength(1);
    expect(undocumented(bare.replace('it.', 'it (documentation, "DROP TABLE").'))).toEqual([]);
  });
});
