import type { Exchange } from '../../domain/plan.ts';
import { container } from './container.ts';
import { relation } from './relation.ts';
import { schemas } from './schemas.ts';
import type { Strategy } from './strategy.ts';

const strategies: Readonly<Record<Exchange, Strategy>> = {
  file: container,
  view: container,
  database: container,
  schema: schemas,
  table: relation,
  move: relation,
};

/** Which way goes with what changes places. */
export const strategyFor = (exchange: Exchange): Strategy => strategies[exchange];
