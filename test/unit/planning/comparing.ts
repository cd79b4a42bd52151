import type { Manifest } from '../../../src/domain/manifest.ts';
import { type ChangeFacts, type Changes, detectChanges } from '../../../src/planning/changes.ts';
import { inputs } from './world.ts';

export const compare = (was: Manifest | null, is: Manifest, o: Partial<ChangeFacts> = {}): Changes =>
  detectChanges({
    baseline: was,
    current: is,
    selectedByDbt: [],
    asked: false,
    baselineInputs: inputs,
    inputs,
    baselineDefinitions: null,
    missing: [],
    ...o,
  });

/** `orders: body` for every node that is in. */
export const told = ({ reasons }: Changes): readonly string[] =>
  [...reasons].map(
    ([id, all]) =>
      `${id.split('.').at(-1)}: ${all.map(({ why, detail }) => (detail === null ? why : `${why} ${detail}`)).join('; ')}`,
  );

export const calling = (id: string) => ({ calls: [`macro.${id}`] });
