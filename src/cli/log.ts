import { type Logger, pino } from 'pino';
import pretty from 'pino-pretty';
import { hasColour, type Io, streamOf } from './io.ts';
import type { Common } from './verb.ts';

/** Values under these keys are never logged, at the top or one below. */
const SECRET_KEYS = ['password', 'pass', 'token', 'secret', 'private_key', 'passphrase', 'env', 'output', 'hmacKey'];

/** What goes on, on stderr; JSON a line for machines. */
export function logOf(io: Io, common: Pick<Common, 'logLevel' | 'logFormat'>): Logger {
  const options = {
    level: common.logLevel,
    base: null,
    redact: { paths: SECRET_KEYS.flatMap((key) => [key, `*.${key}`]), censor: '***' },
  };
  if (common.logFormat === 'json')
    return pino({ ...options, formatters: { level: (label) => ({ level: label }) } }, streamOf(io.stderr));
  const stream = pretty({
    colorize: hasColour(io, io.stderr),
    translateTime: 'SYS:HH:MM:ss',
    sync: true,
    singleLine: true,
    destination: streamOf(io.stderr),
  });
  return pino(options, stream);
}
