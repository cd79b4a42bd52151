import { createHash, createHmac } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import type { Inputs, Manifest } from '../domain/manifest.ts';
import { canonical } from './manifest.ts';

export interface InputFacts {
  readonly dir: string;
  readonly manifest: Manifest;
  /** base64 */
  readonly key: string;
  /** Those given on the command line of dbt: they win. */
  readonly vars: Readonly<Record<string, unknown>>;
  readonly env: Readonly<Record<string, string>>;
  readonly versions: { readonly core: string; readonly adapter: string };
}

/**
 * What a build reads beside the commit. Names are those that code and YAML spell out; one that is put together while
 * dbt runs (`var(prefix ~ 'x')`) cannot be found.
 */
export async function readInputs(o: InputFacts): Promise<Inputs> {
  const yaml = await yamlFiles(o.dir);
  const texts = [...ownCode(o.manifest), ...yaml.map((file) => file.text)];
  const projectVars = varsOf(yaml.filter((file) => /^(dbt_project|vars)\.ya?ml$/.test(file.path)));
  const keyed = (name: string, value: unknown): string =>
    createHmac('sha256', Buffer.from(o.key, 'base64'))
      .update(canonical([name, value ?? null]))
      .digest('base64url');
  const hashes = (names: readonly string[], valueOf: (name: string) => unknown) =>
    Object.fromEntries(names.map((name) => [name, keyed(name, valueOf(name))]));
  return {
    vars: hashes(namesIn(texts, 'var'), (name) => effective(name, projectVars, o.vars)),
    env: hashes(namesIn(texts, 'env_var').filter(isUsers), (name) => o.env[name]),
    packages: await packagesHash(o.dir),
    dbt: o.versions.core,
    adapter: o.versions.adapter,
  };
}

/** lastgreen's own differ between sides, and say nothing about the release. */
const isUsers = (name: string): boolean => !/^DBT_(ENV_SECRET_)?LASTGREEN_/.test(name);

/** dbt's and the adapter's own macros ask for variables that are no input of a project. */
function ownCode(manifest: Manifest): readonly string[] {
  const builtIn = ['dbt', `dbt_${manifest.adapter}`];
  const macros = [...manifest.macros.values()].filter((macro) => !builtIn.includes(macro.id.split('.')[1] ?? ''));
  return [
    ...[...manifest.nodes.values()].map((node) => node.rawCode),
    ...macros.map((macro) => macro.text),
    ...manifest.hooks.map((hook) => hook.sql),
  ];
}

function namesIn(texts: readonly string[], call: 'var' | 'env_var'): readonly string[] {
  const pattern = call === 'var' ? /(?<![\w.])var\(\s*(['"])([^'"]+)\1/g : /(?<![\w.])env_var\(\s*(['"])([^'"]+)\1/g;
  const found = texts.flatMap((text) => [...text.matchAll(pattern)].map((match) => match[2] ?? ''));
  return [...new Set(found)].toSorted();
}

/** Everything that may give a variable its value: dbt's command line, the project as a whole, and each package's part. */
function effective(
  name: string,
  project: Readonly<Record<string, unknown>>,
  build: Readonly<Record<string, unknown>>,
): unknown {
  if (name in build) return { build: build[name] };
  const scoped = Object.entries(project).flatMap(([scope, values]) => {
    const inner = z.record(z.string(), z.unknown()).safeParse(values);
    return inner.success && name in inner.data ? [[scope, inner.data[name]]] : [];
  });
  return { project: project[name] ?? null, scoped };
}

interface YamlFile {
  readonly path: string;
  readonly text: string;
}

function varsOf(files: readonly YamlFile[]): Readonly<Record<string, unknown>> {
  const shape = z.object({ vars: z.record(z.string(), z.unknown()).nullish() });
  return Object.assign({}, ...files.map(({ text }) => shape.safeParse(parsed(text)).data?.vars ?? {}));
}

function parsed(text: string): unknown {
  try {
    return parse(text, { merge: true });
  } catch {
    // dbt reads the same file and says what is wrong with it.
    return null;
  }
}

/** Folders that hold results and other people's code. */
const passed = new Set(['target', 'logs', 'dbt_packages', 'dbt_modules', 'node_modules', 'venv']);

async function yamlFiles(dir: string, below = ''): Promise<readonly YamlFile[]> {
  const entries = await readdir(join(dir, below), { withFileTypes: true });
  const found = await Promise.all(
    entries.map(async (entry): Promise<readonly YamlFile[]> => {
      const path = below === '' ? entry.name : `${below}/${entry.name}`;
      if (entry.isDirectory()) return entry.name.startsWith('.') || passed.has(entry.name) ? [] : yamlFiles(dir, path);
      const reads = /\.ya?ml$/.test(entry.name) && !/^(profiles|lastgreen)\.ya?ml$/.test(entry.name);
      return reads && entry.isFile() ? [{ path, text: await readFile(join(dir, path), 'utf8') }] : [];
    }),
  );
  return found.flat();
}

async function packagesHash(dir: string): Promise<string | null> {
  for (const name of ['package-lock.yml', 'packages.yml', 'dependencies.yml']) {
    const content = await readFile(join(dir, name)).catch(() => null);
    if (content) return createHash('sha256').update(content).digest('hex');
  }
  return null;
}
