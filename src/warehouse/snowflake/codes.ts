import type { WarehouseError } from '../port.ts';

type Is = WarehouseError['is'];

/** Division by zero: also how lastgreen's own guards inside a request say no. */
export const DIVISION = '100051';
/** The statement took longer than it was allowed to. */
export const TIMEOUT = '000630';
/** Somebody canceled it. */
export const CANCELED = '000604';

/**
 * What an error of the server means for the engine, by its number; the longest beginning wins. Snowflake's documentation
 * has no list; these are what its drivers know (snowflake-sdk 3.3, constants/gs_errors.js; snowflake-connector-python,
 * network.py) and what the server says.
 */
const codes: Readonly<Record<string, Is>> = {
  '002003': 'missing',
  '002043': 'missing',
  '003001': 'denied',
  // More statements wait for a lock than may.
  '000625': 'busy',
  // Everything about logging in: passwords, keys, tokens, roles that are not granted, networks that are not let in.
  '39': 'denied',
  // The session, or the token that it goes by, is gone: another session helps.
  '390104': 'down',
  '390110': 'down',
  '390111': 'down',
  '390112': 'down',
  '390113': 'down',
  '390114': 'down',
  '390115': 'down',
};

/** A statement of several failed: the server runs those from JavaScript, and tells by its words alone what was wrong. */
export const WITHIN = '100132';

const sayings: readonly (readonly [RegExp, string])[] = [
  [/does not exist or not authorized/, '002003'],
  [/does not exist, or operation cannot be performed/, '002043'],
  [/Insufficient privileges/, '003001'],
  [/^Division by zero/, DIVISION],
  [/reached its statement or warehouse timeout/, TIMEOUT],
  [/SQL execution canceled/, CANCELED],
  [/number of waiters for this lock exceeds/, '000625'],
];

/** The SDK's own errors, by its numbers (snowflake-sdk 3.3, error_code.js). */
const ofTheSdk: Readonly<Record<string, Is>> = {
  // No connection; an answer that says nothing; a token that is not accepted any more; a result that cannot be fetched.
  401001: 'down',
  401003: 'down',
  401004: 'down',
  402001: 'down',
  402002: 'down',
  // The session ended before, or with this statement.
  405503: 'down',
  407001: 'down',
  407002: 'down',
};

/**
 * What a request of several statements is refused for before the first is run: their count, a text that cannot be read,
 * a login. Whatever else names no statement, such as that somebody canceled it, may have come after some of them.
 */
const AS_A_WHOLE = /^(000008|001003|39\d+)$/;

/** What an error of the server means. */
export const classOf = (code: string): Is => codes[code] ?? codes[code.slice(0, 2)] ?? 'refused';

/** The number of what a statement of several failed with; null: nobody knows. */
export const codeIn = (message: string): string | null =>
  sayings.find(([pattern]) => pattern.test(message))?.[1] ?? null;

/** What an error of the SDK itself means. */
export const classOfSdk = (code: string): Is => ofTheSdk[code] ?? 'refused';

/** Whether a request of several statements that failed like this, and names none of them, has not begun. */
export const isAsAWhole = (code: string): boolean => AS_A_WHOLE.test(code);
