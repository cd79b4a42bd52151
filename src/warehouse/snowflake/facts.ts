/** Who asks for what, in names as the engine keeps them. */
interface Asking {
  readonly role: string;
  readonly database: string;
  /** What the target asks for; null where the user's own is taken. */
  readonly wantedWarehouse: string | null;
}

/** Where the session lacks one of them, nothing more can be asked. */
export interface Entrance extends Asking {
  readonly mayUse: boolean;
  readonly warehouse: Warehouse | null;
}

/** What doctor finds on the account. */
export interface AccountFacts extends Asking {
  readonly warehouse: Warehouse;
  readonly mayMakeSchemas: boolean;
  /** Where whole databases change places: whether it owns the live one. */
  readonly maySwap: boolean;
  /** Whether schemas change places. */
  readonly swapsSchemas: boolean;
  /** Schemas of live names that are there. */
  readonly schemas: readonly SchemaFacts[];
  /** Schemas for lastgreen itself, and those that releases are built in or rest in, which belong to somebody else. */
  readonly foreignSchemas: readonly Owned[];
  /** What has a live name, or lies in lastgreen's own schemas, and belongs to somebody else. */
  readonly foreignRelations: readonly RelationFacts[];
  /** Live tables: how many days back they can be read as they were. */
  readonly retention: readonly { readonly name: Qualified; readonly days: number; readonly transient: boolean }[];
  /** What would not survive that schemas or databases change places, in sentences. */
  readonly leftBehind: readonly string[];
  /** A policy is on them that the role may not see. */
  readonly hidden: readonly Qualified[];
  /** Whether the server's own record of statements can be read. */
  readonly history: boolean;
  /** Of one live table, whether its last change may be asked for; null: there is none. */
  readonly lastChange: { readonly name: Qualified; readonly mayAsk: boolean } | null;
  /** Told by what it does not know. */
  readonly edition: 'standard' | 'enterprise or higher';
}

type Qualified = readonly [schema: string, name: string];

interface Owned {
  readonly name: string;
  readonly owner: string;
}

export interface SchemaFacts extends Owned {
  readonly isOwn: boolean;
  readonly managed: boolean;
  /** USAGE, CREATE TABLE and CREATE VIEW that are missing. */
  readonly lacks: readonly string[];
}

export interface RelationFacts {
  readonly name: Qualified;
  readonly owner: string;
  readonly kind: string;
}

interface Warehouse {
  readonly name: string;
  readonly size: string;
  /** Seconds; null: never. */
  readonly suspendsAfter: number | null;
  readonly resumes: boolean;
}
