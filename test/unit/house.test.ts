import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const bin = (name: string) => join(root, 'node_modules', '.bin', name);

let house: string;
beforeEach(() => {
  house = mkdtempSync(join(tmpdir(), 'lastgreen-house-'));
});
afterEach(() => rmSync(house, { recursive: true, force: true }));

/** Writes a house of its own, with files that import others; gives what a program of the rules says about it. */
const build = (files: Readonly<Record<string, string>>) => {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(house, path)), { recursive: true });
    writeFileSync(join(house, path), text);
  }
};

const run = (program: string, args: readonly string[]) =>
  new Promise<{ code: number; output: string }>((resolve) => {
    execFile(bin(program), [...args], { cwd: house }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code), output: stdout + stderr }),
    );
  });

const ports = {
  'src/domain/relation.ts': 'export type Relation = string;',
  'src/warehouse/port.ts': "import type { Relation } from '../domain/relation.ts';\nexport type Warehouse = Relation;",
  'src/store/port.ts': 'export type Store = string;',
  'src/planning/swap.ts': "import type { Warehouse } from '../warehouse/port.ts';\nexport type Swap = Warehouse;",
  'src/gates/runner.ts': "import type { Swap } from '../planning/swap.ts';\nexport type Runner = Swap;",
  'src/engine/steps.ts': "import type { Runner } from '../gates/runner.ts';\nexport type Steps = Runner;",
  'src/warehouse/heron/connect.ts': "import type { Warehouse } from '../port.ts';\nexport type Heron = Warehouse;",
  'src/warehouse/heron/catalog.ts': "import type { Heron } from './connect.ts';\nexport type Catalog = Heron;",
  'src/store/local.ts': "import type { Store } from './port.ts';\nexport type Local = Store;",
  'src/config/schema.ts': 'export type Config = string;',
  'src/compose.ts': "import type { Heron } from './warehouse/heron/connect.ts';\nexport type Built = Heron;",
  'src/cli/program.ts': "import type { Built } from '../compose.ts';\nexport type Program = Built;",
  'src/main.ts': "export type { Program } from './cli/program.ts';",
};

const wrong: readonly (readonly [rule: string, file: string, text: string])[] = [
  ['domain', 'src/domain/plan.ts', "export type { Swap } from '../planning/swap.ts';"],
  ['domain-is-pure', 'src/domain/fence.ts', "import fs from 'node:fs';\nexport const a = fs;"],
  ['domain-is-pure', 'src/domain/lease.ts', "import { execa } from 'execa';\nexport const a = execa;"],
  ['ports', 'src/git/port.ts', "import type { Store } from '../store/port.ts';\nexport type Git = Store;"],
  [
    'planning',
    'src/planning/views.ts',
    "import type { Runner } from '../gates/runner.ts';\nexport type Views = Runner;",
  ],
  [
    'planning-is-pure',
    'src/planning/history.ts',
    "import { spawn } from 'node:child_process';\nexport const a = spawn;",
  ],
  ['gates', 'src/gates/smoke.ts', "import type { Steps } from '../engine/steps.ts';\nexport type Smoke = Steps;"],
  ['engine', 'src/engine/resume.ts', "import type { Local } from '../store/local.ts';\nexport type Resume = Local;"],
  [
    'warehouses',
    'src/warehouse/egret/fill.ts',
    "import type { Heron } from '../heron/connect.ts';\nexport type Fill = Heron;",
  ],
  ['stores', 'src/store/s3.ts', "import type { Local } from './local.ts';\nexport type S3 = Local;"],
  [
    'adapters',
    'src/dbt/profile.ts',
    "import type { Config } from '../config/schema.ts';\nexport type Profile = Config;",
  ],
  [
    'cli',
    'src/cli/status.ts',
    "import type { Heron } from '../warehouse/heron/connect.ts';\nexport type Status = Heron;",
  ],
  ['compose-only', 'src/cli/show.ts', "export const load = () => import('../store/local.ts');"],
  [
    'nobody-imports-the-top',
    'src/cli/again.ts',
    "import type { Program } from '../main.ts';\nexport type Again = Program;",
  ],
];

describe('import directions', () => {
  const config = join(root, '.dependency-cruiser.mjs');

  test('a house built as designed has nothing to correct', async () => {
    build(ports);
    const { code, output } = await run('depcruise', ['--config', config, 'src']);
    expect(output).toContain('no dependency violations found');
    expect(code).toBe(0);
  });

  test('each wrong direction is named, also for a type and for a lazy import', async () => {
    build({ ...ports, ...Object.fromEntries(wrong.map(([, file, text]) => [file, text])) });
    const { code, output } = await run('depcruise', ['--config', config, 'src']);
    for (const [rule, file] of wrong) expect(output).toContain(`error ${rule}: ${file}`);
    expect(code).not.toBe(0);
  });
});

test('lint refuses a floating promise, any, a non-null assertion, a circle and a file that is too long', async () => {
  const settings = {
    compilerOptions: { module: 'nodenext', strict: true, allowImportingTsExtensions: true, noEmit: true },
  };
  build({
    '.oxlintrc.json': readFileSync(join(root, '.oxlintrc.json'), 'utf8'),
    'tsconfig.json': JSON.stringify(settings),
    'src/promise.ts': 'const later = async () => 1;\nexport const start = () => {\n  later();\n};\n',
    'src/any.ts': 'export const a: any = 1;\nexport const b = (c: string | null) => c!;\n',
    'src/egg.ts': "import type { Hen } from './hen.ts';\nexport interface Egg {\n  of: Hen;\n}\n",
    'src/hen.ts': "import type { Egg } from './egg.ts';\nexport interface Hen {\n  from: Egg;\n}\n",
    'src/long.ts': 'export {};\n'.repeat(251),
  });
  const { code, output } = await run('oxlint', ['src']);
  for (const rule of ['no-floating-promises', 'no-explicit-any', 'no-non-null-assertion', 'no-cycle', 'max-lines'])
    expect(output).toContain(rule);
  expect(code).toBe(1);
});

describe('the sources', () => {
  const sources = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' }).filter((path) =>
    path.endsWith('.ts'),
  );

  test('name a warehouse only in its own folder and where adapters are composed', () => {
    const warehouses = ['duckdb', 'postgres', 'snowflake', 'bigquery', 'databricks'];
    const elsewhere = sources.flatMap((path) => {
      const text = readFileSync(join(root, 'src', path), 'utf8').toLowerCase();
      return warehouses
        .filter((name) => text.includes(name))
        .filter((name) => path !== 'compose.ts' && !path.startsWith(join('warehouse', name)))
        .map((name) => `src/${path} says ${name}`);
    });
    expect(elsewhere).toEqual([]);
  });

  test('are in files whose names answer a question', () => {
    const names = sources.map((path) => basename(path, '.ts'));
    expect(names.filter((name) => /^(utils?|helpers?|common|misc|manager)$/.test(name))).toEqual([]);
  });
});
