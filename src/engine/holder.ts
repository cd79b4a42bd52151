import type { Holder } from '../domain/head.ts';

/** A holder for people. */
export const holderName = ({ user, host, pid }: Holder): string => `${user}@${host} (pid ${pid})`;
