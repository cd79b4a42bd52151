import { relative } from 'node:path';
import { type Composed, compose } from '../compose.ts';
import { type Config, type Environment, environmentOf, findConfig, readConfig } from '../config/config.ts';
import { fail } from '../domain/errors.ts';
import { quoted } from '../domain/shell.ts';
import { type Io, isInteractive, streamOf } from './io.ts';
import { logOf } from './log.ts';
import { reporterOf } from './progress/reporter.ts';
import type { Common, Context, Opened } from './verb.ts';

/** A context that knows what it has opened so far. */
export interface OwnContext extends Context, AsyncDisposable {
  /** Ends the display of what goes on, so that the result follows it. */
  quiet(): void;
}

/** A verb's context on an environment that is opened when it is asked for. */
export async function contextOf(io: Io, common: Common): Promise<OwnContext> {
  const log = await logOf(io, common);
  const reporter = await reporterOf(io, common, log);
  let configuring: Promise<{ config: Config; environment: Environment }> | null = null;
  let opening: Promise<Opened> | null = null;
  let environmentName: string | null = null;
  let opened: (Opened & { readonly composed: Composed }) | null = null;

  const configure = async () => {
    const path = await findConfig(io.cwd, common.config);
    const config = await readConfig(path, shown(io.cwd, path));
    const environment = environmentOf(config, common.env);
    environmentName = environment.settings.environment;
    log.debug({ config: path, environment: environmentName }, 'configured');
    return { config, environment };
  };
  const configured = () => (configuring ??= configure());
  const open = async (): Promise<Opened> => {
    const { config, environment } = await configured();
    const composed = await compose({ config, environment, variables: io.env, cwd: io.cwd, report: reporter.report });
    opened = { config, environment, ports: composed.ports, composed };
    return opened;
  };

  return {
    io,
    common,
    configured,
    open: () => (opening ??= open()),
    async confirm(question, otherwise) {
      if (common.yes || !isInteractive(io)) return otherwise;
      reporter.close();
      const { confirm, isCancel } = await import('@clack/prompts');
      const answer = await confirm({
        message: question,
        initialValue: false,
        output: streamOf(io.stderr),
        signal: io.signal,
      });
      if (isCancel(answer)) fail('INTERRUPTED', { doing: 'nothing was changed' });
      return answer;
    },
    typed: (command) => withCommon(command, common),
    known: () => ({ environment: environmentName ?? common.env ?? null, opened }),
    quiet: () => reporter.close(),
    async [Symbol.asyncDispose]() {
      reporter.close();
      // What could not be opened has told so already.
      await opening?.catch(() => undefined);
      await opened?.composed[Symbol.asyncDispose]();
    },
  };
}

/** A path as one would type it from here. */
function shown(cwd: string, path: string): string {
  const short = relative(cwd, path);
  return short.startsWith('..') && short.length > path.length ? path : short;
}

/** `lastgreen promote r42` -> `lastgreen promote r42 --env eu`, where --env eu was typed. */
export function withCommon(command: string, common: Pick<Common, 'config' | 'env'>): string {
  if (!/^lastgreen [a-z]/.test(command)) return command;
  const config = common.config === undefined ? '' : ` --config ${quoted(common.config)}`;
  const env = common.env === undefined || command.includes('--env ') ? '' : ` --env ${quoted(common.env)}`;
  // Only the command itself grows: prose after a comma, and what belongs to dbt after --, stay behind it.
  const [, typed = command, rest = ''] = /^(lastgreen [^,(]*?)(\s+--\s.*|\s*[,(].*)?$/s.exec(command) ?? [];
  return `${typed}${config}${env}${rest}`;
}
