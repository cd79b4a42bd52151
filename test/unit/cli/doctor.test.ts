import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { toText } from '../../../src/cli/render/blocks.ts';
import { doctorRendering, type Finding } from '../../../src/cli/render/doctor.ts';
import { lastgreen } from './outside.ts';

const text = (findings: readonly Finding[], next: string): string =>
  toText(
    doctorRendering.blocks({
      schema: 'lastgreen/doctor/1',
      environment: 'prod',
      outcome: '',
      exit: 0,
      findings: [...findings],
      next,
    }),
    false,
  );

const config: Finding = { check: 'config', is: 'ok', says: 'lastgreen.yml, one environment', next: null };
const create: Finding = {
  check: 'warehouse',
  is: 'bad',
  says: 'deploy may not create schemas in database shop',
  next: 'GRANT CREATE ON DATABASE shop TO deploy;',
};
const sums: Finding = { check: 'warehouse', is: 'warn', says: 'analytics.orders is held', next: 'drop what holds on' };

describe('doctor', () => {
  test('says under each finding what to type, and counts what has to be put right', () => {
    expect(text([config, create, sums], create.next ?? '')).toBe(
      [
        '  ok    config     lastgreen.yml, one environment',
        '  bad   warehouse  deploy may not create schemas in database shop',
        '                   -> GRANT CREATE ON DATABASE shop TO deploy;',
        '  warn  warehouse  analytics.orders is held',
        '                   -> drop what holds on',
        '1 thing to put right.',
        'Next: GRANT CREATE ON DATABASE shop TO deploy;',
        '',
      ].join('\n'),
    );
  });

  test('is ready, and counts warnings', () => {
    expect(text([config], 'lastgreen status')).toMatch(/\nReady\.\nNext: lastgreen status\n$/);
    expect(text([config, sums], 'lastgreen status')).toMatch(
      /\nNothing is missing; 1 warning\.\nNext: lastgreen status\n$/,
    );
  });

  test('looks at nothing that needs a config before there is one', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'lastgreen-doctor-'));
    onTestFinished(() => rm(dir, { recursive: true }));
    await writeFile(join(dir, 'lastgreen.yml'), 'version: 1\nenvironment: {}\n');
    const { exit, stdout } = await lastgreen(['doctor', '--json'], dir);
    const document = JSON.parse(stdout);
    expect(exit).toBe(2);
    expect(document).toMatchObject({ schema: 'lastgreen/doctor/1', outcome: 'bad', exit: 2 });
    expect(document.findings.map(({ check, is }: Finding) => [check, is])).toEqual([
      ['config', 'bad'],
      ...['profile', 'dbt', 'git', 'store', 'project', 'warehouse'].map((check) => [check, 'skipped']),
    ]);
  });
});
