/** The variable by which the tests of a run know what it is. No secret is in it. */
export const RUN = 'LASTGREEN_CONFORMANCE';

/** What the command says of its run; each engine knows what it wrote. */
export const runOfThis = (): unknown => JSON.parse(process.env[RUN] ?? 'null');
