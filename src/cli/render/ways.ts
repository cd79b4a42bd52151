import { type Block, line, toned } from './blocks.ts';

/** A strategy as people call it. */
export const wayName = (strategy: string): string =>
  strategy === 'swap' ? 'swap back' : strategy === 'time-travel' ? 'time travel' : strategy;

/** Why it was not done in another way. */
export const otherWay = ({ strategy, because }: { readonly strategy: string; readonly because: string }): Block =>
  line(toned('dim', `Not by ${wayName(strategy)}: ${because}.`));
