import { stringify } from 'yaml';
import { fail, LastgreenError } from '../../domain/errors.ts';
import type { Exchange } from '../../domain/plan.ts';
import type { Container, Relation } from '../../domain/relation.ts';
import type { Fields, IdlePlace, IdleSpec, Output, ProfileRules } from '../port.ts';
import { outputOf, type Profile } from './find.ts';
import { JinjaError, renderDeep, type Variables } from './jinja.ts';
import { withAbsolutePaths } from './paths.ts';
import type { PrivateFolder } from './private.ts';
import { Vault } from './secrets.ts';

/** What dbt is run with for one side. */
interface RenderedSide {
  /** For `--profiles-dir`; only this user may enter it. */
  readonly profilesDir: string;
  /** For `--target`: the same name on every side. */
  readonly target: string;
  /** Added to dbt's environment: the secrets that were taken out. */
  readonly env: Readonly<Record<string, string>>;
  readonly containers: readonly Container[];
  /** The connection as dbt's adapter gets it, for lastgreen's own; holds secrets. */
  readonly output: Output;
}

/** A profile for each side, on disk for as long as the private folder is. */
export interface RenderedProfile {
  /** What changes places at a cutover. */
  readonly exchange: Exchange;
  readonly live: RenderedSide;
  readonly idle: RenderedSide;
  /** Further idle sides, where several take turns. */
  readonly others: readonly RenderedSide[];
  /** As in ProfileRules. */
  readonly placed: ((relation: Relation, is: 'node' | 'source') => Relation) | null;
  /** Places that both sides reach and that are part of neither; `database` is what SQL calls them. */
  readonly attached: readonly Container[];
  /** Every secret of the target, to keep out of what is shown. */
  readonly secrets: readonly string[];
}

export interface RenderRequest {
  readonly profile: Profile;
  readonly environment: string;
  readonly target: string;
  /** null: the warehouse's own default. */
  readonly idle: IdleSpec | null;
  readonly rules: ProfileRules;
  readonly projectDir: string;
  readonly variables: Variables;
  /** How much one query of dbt may read where the target does not say it, bytes; null: anything. */
  readonly mostRead: number | null;
  /** Where the profiles are written. */
  readonly folder: PrivateFolder;
}

/** dbt's `type:` of a target, to choose the rules by. Throws PROFILE_INVALID. */
export function typeOf(profile: Profile, target: string, variables: Variables): string {
  const output = outputOf(profile, target);
  return speaking(profile, target, () => String(renderDeep(output['type'], variables)));
}

/** What of a target can be rendered here: what it takes from variables that are not set is left out. */
export function knownOf(profile: Profile, target: string, variables: Variables): Output {
  const fields = Object.entries(outputOf(profile, target)).flatMap(([key, value]) => {
    try {
      return [[key, renderDeep(value, variables)] as const];
    } catch (error) {
      if (error instanceof JinjaError) return [];
      throw error;
    }
  });
  return Object.fromEntries(fields);
}

/**
 * Writes a private profile for each side, in which only what makes the side differs. Throws PROFILE_INVALID and
 * SIDES_COLLIDE.
 */
export async function renderProfile(request: RenderRequest): Promise<RenderedProfile> {
  const plan = speaking(request.profile, request.target, () => sidesOf(request));
  const write = async (name: string, side: SidePlan): Promise<RenderedSide> => ({
    profilesDir: await request.folder.write(`profile-${name}`, 'profiles.yml', profileText(request, side.text)),
    target: request.target,
    env: plan.env,
    containers: side.containers,
    output: side.output,
  });
  const { exchange, attached, secrets, placed } = plan;
  const [live, idle] = [await write('live', plan.live), await write('idle', plan.idle)];
  const others = await Promise.all(plan.others.map((side, n) => write(`idle-${n + 2}`, side)));
  return { exchange, live, idle, others, attached, secrets, placed };
}

interface SidePlan {
  /** May be written to a file. */
  readonly text: Output;
  readonly output: Output;
  readonly containers: readonly Container[];
}

interface Sides extends Pick<RenderedProfile, 'exchange' | 'attached' | 'secrets' | 'placed'> {
  readonly live: SidePlan;
  readonly idle: SidePlan;
  readonly others: readonly SidePlan[];
  readonly env: Readonly<Record<string, string>>;
}

function sidesOf(r: RenderRequest): Sides {
  const written = (target: string) =>
    withAbsolutePaths(outputOf(r.profile, target), r.rules.pathKeys, r.projectDir, r.variables, r.rules.notPaths);
  const live = written(r.target);
  const rendered = render(live, r.variables);
  const other = r.idle !== null && 'target' in r.idle ? written(r.idle.target) : null;
  if (other && String(render(other, r.variables)['type']) !== r.rules.type) {
    throw new JinjaError(`the idle target is of another type than ${r.rules.type}`);
  }
  const place = other ? r.rules.placeOf(render(other, r.variables)) : placeOf(r, rendered);
  const sides = r.rules.sides(rendered, place);
  assertApart(sides);
  const vault = new Vault(r.rules.secretKeys, r.variables);
  const { tag } = r.rules;
  const tagged: Fields = tag ? { [tag.key]: tag.value(r.environment) } : {};
  const limited = (base: Output): Output => {
    const { rules, mostRead } = r;
    if (rules.mostRead === undefined || mostRead === null || base[rules.mostRead.key] !== undefined) return {};
    return { [rules.mostRead.key]: Math.max(rules.mostRead.least, mostRead) };
  };
  const side = (base: Output, fields: Fields, containers: readonly Container[]): SidePlan => {
    const own = { ...base, ...fields, ...tagged };
    const text = asMapping(vault.without({ ...own, ...limited(base) }));
    return { text, output: render(own, r.variables), containers };
  };
  const plan = {
    exchange: sides.exchange,
    live: side(live, sides.live, sides.containers.live),
    idle: side(other ?? live, sides.idle, sides.containers.idle),
    others: (sides.others ?? []).map(({ fields, containers }) => side(live, fields, containers)),
    placed: sides.placed ?? null,
  };
  return { ...plan, env: vault.env(), attached: sides.containers.attached, secrets: vault.secrets() };
}

/** What lastgreen.yml says of the place, where it says anything; how the two change places is no place. */
function placeOf({ idle, rules }: RenderRequest, output: Output): IdlePlace {
  if (idle === null || 'target' in idle) return rules.defaultIdle(output);
  const { swap, ...place } = idle;
  const isSaid = Object.values(place).some((value) => value !== undefined);
  return { ...(isSaid ? place : rules.defaultIdle(output)), ...(swap ? { swap } : {}) };
}

const render = (output: Output, variables: Variables): Output => asMapping(renderDeep(output, variables));

// Both walks keep the shape of what they are given, and they are given a mapping.
const asMapping = (value: unknown): Output => value as Output;

const profileText = ({ profile, target }: RenderRequest, output: Output): string =>
  stringify({ [profile.name]: { target, outputs: { [target]: output } } });

/** Two sides may share a container, such as the schemas of one database: then the target's fields tell them apart. */
function assertApart({ live, idle, containers }: ReturnType<ProfileRules['sides']>): void {
  if (Object.keys({ ...live, ...idle }).some((field) => live[field] !== idle[field])) return;
  const key = ({ location, database, schema }: Container): string => JSON.stringify([location, database, schema]);
  const taken = new Set(containers.live.map(key));
  const both = containers.idle.find((container) => taken.has(key(container)));
  if (both) fail('SIDES_COLLIDE', { what: both.location || [both.database, both.schema].filter(Boolean).join('.') });
}

/** What a profile's own text is to blame for becomes PROFILE_INVALID with the file's name. */
function speaking<T>(profile: Profile, target: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof LastgreenError || !(error instanceof JinjaError)) throw error;
    const variable = /environment variable (\S+) is not set/.exec(error.message)?.[1];
    return fail(
      'PROFILE_INVALID',
      {
        path: profile.path,
        problem: `target ${target}: ${error.message}.`,
        next: variable === undefined ? 'correct the file' : `export ${variable}=...`,
      },
      { cause: error },
    );
  }
}
