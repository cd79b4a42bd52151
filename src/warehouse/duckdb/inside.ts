// What may look into a file, and so needs the engine's library. Marks and claims are told by names alone.
export { readCatalog } from './catalog.ts';
export { cutOver } from './cutover.ts';
export { fill } from './fill.ts';
export { look } from './look.ts';
export { describe, query } from './query.ts';
export { adopt, discard, reopen, seal } from './seal.ts';
export { sizes } from './sizes.ts';
