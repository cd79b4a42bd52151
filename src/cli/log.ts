import { hasColour, type Io, streamOf } from './io.ts';
import type { Common } from './verb.ts';

/** Values under these keys are never logged, at the top or one below. */
const SECRET_KEYS = ['password', 'pass', 'token', 'secret', 'private_key', 'passphrase', 'env', 'output', 'hmacKey'];

export interface Log {
  info(event: object): void;
  debug(event: object, text: string): void;
}

const silent: Log = { info: () => undefined, debug: () => undefined };

/** What goes on, on stderr; a JSON document a line for machines. */
export async function logOf(io: Io, common: Pick<Common, 'logLevel' | 'logFormat'>): Promise<Log> {
  // Only debug lines are for people: the rest they are shown as progress.
  if (common.logFormat !== 'json' && common.logLevel !== 'debug') return silent;
  const { pino } = await import('pino');
  const options = {
    level: common.logLevel,
    base: null,
    redact: { paths: SECRET_KEYS.flatMap((key) => [key, `*.${key}`]), censor: '***' },
  };
  if (common.logFormat === 'json') {
    const log: Log = pino({ ...options, formatters: { level: (label) => ({ level: label }) } }, streamOf(io.stderr));
    return log;
  }
  const { default: pretty } = await import('pino-pretty');
  const colorize = hasColour(io, io.stderr);
  const log: Log = pino(
    options,
    pretty({ colorize, translateTime: 'SYS:HH:MM:ss', sync: true, singleLine: true, destination: streamOf(io.stderr) }),
  );
  return log;
}
