import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { capture, SetupError, step, tail } from './child.mjs';
import { at, root, tools } from './places.mjs';
import { readStamp, stamped, stampOf } from './stamp.mjs';

const uv = join(tools, 'uv', 'bin', 'uv');
const uvFile = join(tools, 'uv.stamp');
const uvLock = 'test/python/uv.txt';

/**
 * The first Python that is new enough for dbt and has pip.
 * @param {string} what needs it
 * @returns {Promise<string>}
 */
const findPython = async (what) => {
  const found = [];
  for (const name of ['python3', 'python3.13', 'python3.12', 'python3.11']) {
    const probe = 'import sys; print(sys.executable, *sys.version_info[:2]); import pip';
    const { code, output } = await capture(name, ['-c', probe]);
    const [, path, major, minor] = /^(.+) (\d+) (\d+)$/m.exec(output) ?? [];
    if (path === undefined) continue;
    const version = `${major}.${minor}`;
    if (Number(major) !== 3 || Number(minor) < 11) found.push(`${name} is ${version}`);
    else if (code !== 0) found.push(`${name} ${version} has no pip`);
    else return path;
  }
  const instead = found.length === 0 ? 'there is no python3 on PATH' : found.join(', ');
  throw new SetupError(`Python 3.11 or later with pip is needed to install ${what}, and ${instead}.`);
};

/**
 * pip's settings for a package index behind a proxy, told to uv, which does not read them.
 * @returns {NodeJS.ProcessEnv}
 */
const uvEnv = () => {
  const { PIP_INDEX_URL: index, PIP_CERT: certificates, ...env } = process.env;
  return {
    ...(index === undefined ? {} : { UV_DEFAULT_INDEX: index }),
    ...(certificates === undefined ? {} : { SSL_CERT_FILE: certificates }),
    ...env,
    UV_PYTHON_DOWNLOADS: 'never',
    UV_NO_CONFIG: '1',
  };
};

/** @param {string} what @param {string} command @param {readonly string[]} args @param {NodeJS.ProcessEnv} env */
const must = async (what, command, args, env) => {
  const { code, output } = await capture(command, args, { cwd: root, env });
  if (code !== 0)
    throw new SetupError(`${what} could not be installed; is the package index reachable?\n${tail(output)}`);
};

/** @param {string} python */
const bringUv = async (python) => {
  const wanted = stampOf([uvLock], [python]);
  if (readStamp(uvFile) === wanted && existsSync(uv)) return;
  await stamped(uvFile, wanted, async () => {
    const target = join(tools, 'uv');
    rmSync(target, { recursive: true, force: true });
    const args = ['-m', 'pip', 'install', '--quiet', '--no-deps', '--require-hashes', '--target', target, '-r', uvLock];
    await must('uv', python, [...args, '--disable-pip-version-check', '--no-warn-script-location'], process.env);
  });
};

/**
 * Python packages in an environment of their own, exactly as the lock file has them: `.tools/<name>`.
 * @param {string} name also that of the lock file, test/python/<name>.txt
 * @param {string} what they are, for messages
 */
const environment = (name, what) => {
  const venv = join(tools, name);
  const file = join(tools, `${name}.stamp`);
  const lock = `test/python/${name}.txt`;
  // Programs of an environment name its folder, so a checkout that was moved needs a new one.
  const stamp = () => stampOf([uvLock, lock], [root]);
  const install = async () => {
    const python = await findPython(what);
    await bringUv(python);
    await must('A Python environment', uv, ['venv', '--quiet', '--clear', '--python', python, venv], uvEnv());
    // Compiled once here: where Python may not write bytecode, each start would compile its imports for seconds.
    const how = ['--quiet', '--require-hashes', '--compile-bytecode', '--python', join(venv, 'bin', 'python')];
    await must(what, uv, ['pip', 'sync', ...how, at(lock)], uvEnv());
  };
  return {
    current: () => readStamp(file) === stamp() && existsSync(join(venv, 'bin', 'python')),
    bring: () => step(`installed ${what}`, () => stamped(file, stamp(), install)),
  };
};

/** dbt: `.tools/dbt/bin/dbt`. */
export const dbt = environment('dbt', 'dbt');

/** What the test server that speaks Snowflake's protocol runs on: `.tools/snowflake/bin/python`. */
export const snowflake = environment('snowflake', "the Snowflake test server's packages");

/** What the test server that speaks BigQuery's protocol runs on: `.tools/bigquery/bin/python`. */
export const bigquery = environment('bigquery', "the BigQuery test server's packages");
