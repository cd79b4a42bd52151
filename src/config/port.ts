import type { Exchange } from '../domain/plan.ts';
import type { Container, Relation } from '../domain/relation.ts';

/** What differs on the idle side. In a template `{schema}`, `{database}` and `{path}` stand for the live side's own. */
export interface IdlePlace {
  readonly schema?: string;
  readonly database?: string;
  readonly path?: string;
  /** Where several sides take turns: the schemas of each, at least two. */
  readonly slots?: readonly string[];
  /** What changes places at the cutover, where the engine leaves a choice. */
  readonly swap?: 'tables' | 'schemas';
}

/** As lastgreen.yml has it: a place, or another target of the same profile. */
export type IdleSpec = IdlePlace | { readonly target: string };

/** One target of profiles.yml, rendered: the connection as dbt's adapter gets it. */
export type Output = Readonly<Record<string, unknown>>;

/** Fields of a target with the values of one side. */
export type Fields = Readonly<Record<string, string>>;

interface SideFields {
  readonly exchange: Exchange;
  readonly live: Fields;
  readonly idle: Fields;
  readonly containers: {
    readonly live: readonly Container[];
    readonly idle: readonly Container[];
    /** Places that both sides reach and that are part of neither; `database` is what SQL calls them. */
    readonly attached: readonly Container[];
  };
  /** Further idle sides, where several take turns. */
  readonly others?: readonly { readonly fields: Fields; readonly containers: readonly Container[] }[];
  /**
   * The place of a relation as dbt has it, where more than its database tells which side it lies in; without it the container
   * of that database is its place.
   */
  readonly placed?: (relation: Relation, is: 'node' | 'source') => Relation;
}

/** What a warehouse knows about its dbt profile. Each warehouse has one; compose picks it by the profile's `type:`. */
export interface ProfileRules {
  /** dbt's `type:` in profiles.yml. */
  readonly type: string;
  /** Keys, at any depth, whose literal values are secret here; the usual ones (password, token, ...) are known already. */
  readonly secretKeys: readonly string[];
  /** Fields that hold paths; `attach.path` means the `path` of each item of the list `attach`. */
  readonly pathKeys: readonly string[];
  /** What may stand in their place and is no path. */
  readonly notPaths?: readonly string[];
  /** What the engine makes of names that SQL has without quotes; without it they are as the project has them. */
  readonly folds?: 'upper';
  /** The field that makes the run's queries findable, and its value: one constant per environment. */
  readonly tag: { readonly key: string; value(environment: string): string } | null;
  /**
   * The field that limits what one query of dbt may read, bytes, and the least that every query is taken to read; a
   * target's own is kept.
   */
  readonly mostRead?: { readonly key: string; readonly least: number };
  /**
   * What an administrator types once, so that the target's user may do what releases do; with capital letters where the
   * target does not say. Nothing where nobody has to.
   */
  rights?(output: Output): string;
  /** The idle side when lastgreen.yml does not say. */
  defaultIdle(output: Output): IdlePlace;
  /** Where a target builds, to take it as the idle side of another. */
  placeOf(output: Output): IdlePlace;
  /**
   * The differing fields of both sides. Paths in `output` are absolute already. Throws LastgreenError: SIDES_COLLIDE,
   * or PROFILE_INVALID for a target that cannot have two sides.
   */
  sides(output: Output, idle: IdlePlace): SideFields;
}
