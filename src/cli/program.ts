import { Command, CommanderError, Option as Flag } from 'commander';
import { fail } from '../domain/errors.ts';
import type { Io } from './io.ts';
import { type Common, LOG_LEVELS, type Verb } from './verb.ts';

/** What was typed: a verb to run, or help or the version, which are printed already. */
export type Typed =
  | { readonly verb: Verb; readonly input: unknown; readonly common: Common }
  | { readonly exit: 0 | 2 };

const ABOUT =
  'Ships a commit of a dbt project without readers ever seeing a half-built state, and takes it back within seconds.';

const EXITS = `Exit status:
  0  done                                    6  warehouse or store unreachable or refused
  1  a bug in lastgreen                      7  indeterminate: run \`lastgreen resume\`
  2  usage or configuration                  8  a person must decide
  3  a gate stopped it, live is untouched    9  plan --detailed-exitcode: there are changes
  4  conflict: lease, hold, state moved     10  went live and was taken back
  5  dbt failed                            130  interrupted
`;

/** Reads the command line. Throws USAGE. */
export function readCommandLine(argv: readonly string[], verbs: readonly Verb[], version: string, io: Io): Typed {
  let typed: Typed | null = null;
  const program = withCommon(new Command('lastgreen'))
    .description(ABOUT)
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this')
    .helpCommand(false)
    .configureHelp({ showGlobalOptions: true })
    .addHelpText('after', `\n${EXITS}`);
  quiet(program, io);
  for (const verb of verbs) {
    const command = commandOf(verb).action((...values: unknown[]) => {
      typed = typedBy(verb, command, values);
    });
    quiet(command, io);
    program.addCommand(command);
  }
  if (argv.length === 0) {
    io.stderr.write(program.helpInformation());
    return { exit: 2 };
  }
  try {
    program.parse([...argv], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return { exit: 0 };
    const verb = verbs.find(({ name }) => argv.includes(name));
    return fail('USAGE', {
      message: plain(error.message),
      next: verb ? `lastgreen ${verb.name} --help` : 'lastgreen --help',
    });
  }
  return typed ?? { exit: 0 };
}

/** Errors are thrown and told in one place; help goes where results go. */
function quiet(command: Command, io: Io): void {
  command
    .exitOverride()
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      writeErr: () => undefined,
      getOutHelpWidth: () => io.stdout.columns,
    })
    .showSuggestionAfterError(true)
    .allowExcessArguments(false);
}

/** commander's `error: unknown option '--jsn'\n(Did you mean --json?)` as a sentence. */
function plain(message: string): string {
  const [first = '', ...rest] = message.replace(/^error: /, '').split('\n');
  const sentence = `${first.charAt(0).toUpperCase()}${first.slice(1).replace(/\.$/, '')}.`;
  return [sentence, ...rest.map((text) => text.replace(/^\((.*)\)$/, '$1'))].join(' ').trim();
}

function withCommon(command: Command): Command {
  return command
    .option('--config <file>', 'the configuration (default: lastgreen.yml here or in a folder above)')
    .option('--env <name>', 'the environment (default: the only one)')
    .addOption(new Flag('--json', 'print the result as JSON').conflicts('markdown'))
    .option('--markdown', 'print the result as Markdown, for a pull request')
    .addOption(new Flag('--log-level <level>', 'how much is told on stderr').choices([...LOG_LEVELS]).default('info'))
    .addOption(
      new Flag('--log-format <format>', 'for people, or a JSON document a line')
        .choices(['text', 'json'])
        .default('text'),
    )
    .option('-y, --yes', 'ask nothing');
}

function commandOf(verb: Verb): Command {
  const command = new Command(verb.name)
    .summary(verb.summary)
    .description(verb.about.replaceAll('\n', ' '))
    .helpOption('-h, --help', 'print this')
    .configureHelp({ showGlobalOptions: true });
  for (const { name, about } of verb.arguments) command.argument(name, about);
  for (const { flags, about, repeats } of verb.options) {
    const option = new Flag(flags, repeats ? `${about} (may be repeated)` : about);
    if (repeats) option.argParser((value: string, before: readonly string[] | undefined) => [...(before ?? []), value]);
    command.addOption(option);
  }
  const width = Math.max(...verb.examples.map(([example]) => example.length));
  const examples = verb.examples.map(([example, what]) => `  $ ${example.padEnd(width)}  # ${what}`);
  return command.addHelpText('after', `\nExamples:\n${examples.join('\n')}\n`);
}

/** commander hands over the arguments, then the options, then itself. */
function typedBy(verb: Verb, command: Command, values: readonly unknown[]): Typed {
  const names = verb.arguments.map(({ name }) => name.replaceAll(/[[\]<>.]/g, ''));
  const given = names.flatMap((name, index) => (values[index] === undefined ? [] : [[name, values[index]]]));
  const all: Record<string, unknown> = command.optsWithGlobals();
  const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
  return {
    verb,
    input: { ...command.opts(), ...Object.fromEntries(given) },
    common: {
      config: text(all['config']),
      env: text(all['env']),
      json: all['json'] === true,
      markdown: all['markdown'] === true,
      logLevel: LOG_LEVELS.find((level) => level === all['logLevel']) ?? 'info',
      logFormat: all['logFormat'] === 'json' ? 'json' : 'text',
      yes: all['yes'] === true,
    },
  };
}
