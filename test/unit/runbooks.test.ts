import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { errors } from '../../src/domain/errors.ts';

const folder = join(import.meta.dirname, '../../runbooks');
const INDEX = 'README.md';
const read = (file: string) => readFileSync(join(folder, file), 'utf8');
const files = readdirSync(folder).filter((file) => file !== INDEX);
const topics = new Set(
  Object.values(errors).flatMap((spec) => ('runbook' in spec && spec.runbook ? [spec.runbook] : [])),
);
const placeholders = (text: string) => new Set(text.match(/\{[a-z]+\}/g));

describe('the runbooks', () => {
  test('have a page for every topic that an error names, and no other', () => {
    expect(files.toSorted()).toEqual([...topics].map((topic) => `${topic}.md`).toSorted());
  });

  test.each(files)('%s tells what it means, what readers have, what to look at and what to type', (file) => {
    const headings = read(file)
      .match(/^#+ .*$/gm)
      ?.map((heading) => heading.replace(/^# .*$/, '# its name'));
    expect(headings).toEqual([
      '# its name',
      '## What it means',
      '## What readers have',
      '## What to look at',
      '## What to type',
    ]);
  });

  test.each(files)('%s names what is live, and only what the index says can be filled in', (file) => {
    const known = placeholders(read(INDEX));
    const used = placeholders(read(file));
    expect(used).toContain('{live}');
    expect([...used].filter((placeholder) => !known.has(placeholder))).toEqual([]);
  });

  test.each(files)('%s types every command for this environment', (file) => {
    const typed = read(file).match(/`lastgreen [^`]*`/g) ?? [];
    const everywhere = /^`lastgreen (init|runbook)\b/;
    const short = typed.filter((command) => !everywhere.test(command) && !command.includes('--env {environment}'));
    expect(short).toEqual([]);
  });
});
