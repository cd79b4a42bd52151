import type { Fill } from '../../../src/domain/change.ts';
import type { CutoverPlan, LiveLook, Mark, Seal } from '../../../src/domain/cutover.ts';
import { fence, type ReleaseId, releaseOf, sha } from '../../../src/domain/ids.ts';
import type { Container, Relation } from '../../../src/domain/relation.ts';
import type { Catalog, KeptSide, Warehouse, WarehouseError } from '../../../src/warehouse/port.ts';

/** The release that comes, and the content that leaves; null: nothing was live. */
export interface Numbered {
  readonly release: ReleaseId;
  readonly leaves: ReleaseId | null;
}

/** What differs between warehouses in ways that the port leaves open. */
export interface Manner {
  /**
   * Whole sides change places, with all that is in them, or, by views, with all that readers have of them; else what changes
   * moves, and the rest stays.
   */
  readonly exchanges: 'sides' | 'views' | 'relations';
  /** Where a side lies once it is sealed. */
  readonly seals: 'elsewhere' | 'in place';
  /** Fingerprints are of what a relation holds; else of the object, and of every write to it. */
  readonly prints: 'content' | 'writes';
}

export type Row = Readonly<Record<string, unknown>>;

/** A warehouse that nobody else uses, with one environment in it where nothing is live yet. */
export interface WarehouseHouse {
  readonly warehouse: Warehouse;
  /** Another controller of the same environment. */
  readonly another: Warehouse;
  readonly live: readonly Container[];
  readonly idle: readonly Container[];
  /** A relation of a side, in the schema that the project builds in. */
  readonly relation: (side: readonly Container[], name: string) => Relation;
  /** Writes to a side as dbt or a loader would. */
  readonly write: (side: readonly Container[], statements: readonly string[]) => Promise<void>;
  /** What a reader gets who comes now and knows nothing of sides. */
  readonly read: (sql: string) => Promise<readonly Row[]>;
  /** What brings the idle side level with live, as far as the engine copies it, or makes an empty one. */
  readonly prepare: (catalog: Catalog) => readonly Fill[];
  /** The last writes to the idle side, once it is built; without it there are none. */
  readonly settle?: readonly Fill[];
  /** What makes a side live. */
  readonly cut: (catalog: Catalog, to: readonly Container[], as: Numbered) => Pick<CutoverPlan, 'changes' | 'kept'>;
  /** Names of relations that are unusual; without it everything that can be quoted is one. */
  readonly names?: readonly string[];
  /** A query that reads nothing and does not end before somebody ends it. */
  readonly endless: string;
  readonly dispose: () => Promise<void>;
}

/** A kind of relation, and what the engine can do with one. */
export interface Kind {
  readonly kind: string;
  /** Statements that make it on a side, as `name`, and what it needs. `q` quotes a name of the side's schema. */
  readonly make: (q: (name: string) => string, name: string) => readonly string[];
  /** Statements that change what it holds or says. */
  readonly change: (q: (name: string) => string, name: string) => readonly string[];
  /** What a reader asks of it. */
  readonly ask: (q: (name: string) => string, name: string) => string;
  /** Cells that refuse instead of working, with what is said. */
  readonly refuses?: { readonly seed?: RegExp };
  /** What the copy needs to have there first. */
  readonly needs?: (q: (name: string) => string) => readonly string[];
  /** Its fingerprint is its text. */
  readonly says?: boolean;
  /** Whether it shows in a catalog as a relation of its own. */
  readonly hidden?: boolean;
}

export const lineage = 'a-lineage';

/** Drives the port as the engine does: one release a number. */
export class Driver {
  readonly house: WarehouseHouse;
  readonly #signal = new AbortController().signal;

  constructor(house: WarehouseHouse) {
    this.house = house;
  }

  relation(side: readonly Container[], name: string): string {
    return this.house.warehouse.quote(this.house.relation(side, name));
  }

  /** Statements that leave `orders` with these rows, and the view `totals` on it, as a build would. */
  orders(ids: readonly number[]): (side: readonly Container[]) => readonly string[] {
    return (side) => {
      const [table, view] = [this.relation(side, 'orders'), this.relation(side, 'totals')];
      const rows = ids.map((id) => `(${id}, ${id * 10})`).join(', ');
      return [
        `drop view if exists ${view}`,
        `drop table if exists ${table}`,
        `create table ${table} (id integer not null, amount integer)`,
        ...(rows === '' ? [] : [`insert into ${table} values ${rows}`]),
        `create view ${view} as select count(*) as orders, sum(amount) as amount from ${table}`,
      ];
    };
  }

  /** The orders that a reader gets who comes now. */
  async readers(): Promise<readonly unknown[]> {
    const rows = await this.house.read(`select id from ${this.relation(this.house.live, 'orders')} order by id`);
    return rows.map((row) => row['id']);
  }

  async ask(side: readonly Container[], sql: string): Promise<readonly Row[]> {
    const [first] = side;
    if (!first) throw new RangeError('a side has a container');
    return inLowerCase(await this.house.warehouse.query(sql, { in: first, timeoutMs: 20_000, signal: this.#signal }));
  }

  async fill(n: number, fills: readonly Fill[]): Promise<void> {
    await this.house.warehouse.fill(fills, { fence: fence(n), signal: this.#signal });
  }

  /** Claims, prepares, writes as dbt would, seals. */
  async build(n: number, statements: (side: readonly Container[]) => readonly string[]): Promise<Built> {
    const { warehouse, live, idle, prepare, write } = this.house;
    await warehouse.claim(fence(n), null);
    const catalog = await warehouse.catalog(live);
    await this.count(n, live);
    const look = await warehouse.look(live);
    await this.fill(n, prepare(catalog));
    await write(idle, statements(idle));
    await this.fill(n, this.house.settle ?? []);
    await this.count(n, idle);
    return { n, seal: await warehouse.seal(releaseOf(fence(n)), idle, fence(n)), look };
  }

  /** Every write to what is on a side shows from here on. */
  async count(n: number, side: readonly Container[]): Promise<void> {
    const { warehouse } = this.house;
    const { relations } = await warehouse.catalog(side);
    const tables = relations.filter(({ kind }) => kind === 'table').map(({ relation }) => relation);
    await warehouse.countWrites(tables, { fence: fence(n), signal: this.#signal });
  }

  async plan(n: number, to: readonly Container[], content: ReleaseId = releaseOf(fence(n))): Promise<CutoverPlan> {
    const { warehouse, live, cut } = this.house;
    const catalog = await warehouse.catalog([...live, ...to]);
    const { mark } = await warehouse.standing();
    const { changes, kept } = cut(catalog, to, { release: releaseOf(fence(n)), leaves: mark?.content ?? null });
    return {
      release: releaseOf(fence(n)),
      changes,
      visible: changes.length,
      kept,
      mark: markOf(n, content, mark),
    };
  }

  async publish({ n, seal, look }: Built): Promise<CutoverPlan> {
    const plan = await this.plan(n, seal.sides);
    await this.house.warehouse.cutover(plan, { fence: fence(n), seal, live: look });
    return plan;
  }

  async deploy(n: number, statements: (side: readonly Container[]) => readonly string[]): Promise<Built> {
    const built = await this.build(n, statements);
    await this.publish(built);
    return built;
  }

  /** Under a number of its own, to the newest side that is kept of a content. */
  async swapBack(n: number, to: ReleaseId): Promise<void> {
    const { warehouse } = this.house;
    await warehouse.claim(fence(n), null);
    const side = (await warehouse.kept()).findLast((kept) => kept.release === to);
    const plan = await this.plan(n, containersOf(side), to);
    await warehouse.cutover(plan, { fence: fence(n), seal: null, live: null });
  }
}

export interface Built {
  readonly n: number;
  readonly seal: Seal;
  readonly look: LiveLook;
}

export const containersOf = (side: KeptSide | undefined): readonly Container[] => side?.containers ?? [];

const markOf = (n: number, content: ReleaseId, previous: Mark | null): Mark => ({
  lineage,
  fence: fence(n),
  release: releaseOf(fence(n)),
  content,
  sha: sha(String(n).padStart(40, '0')),
  back: false,
  previous: previous && { release: previous.release, content: previous.content, sha: previous.sha },
  token: null,
  at: '2026-11-21T12:00:00.000Z',
});

/** Engines write the names of columns in their own letters. */
export const inLowerCase = (rows: readonly Row[]): readonly Row[] =>
  rows.map((row) => Object.fromEntries(Object.entries(row).map(([name, value]) => [name.toLowerCase(), value])));

/** For `rejects.toMatchObject`. */
export const isA = (is: WarehouseError['is']) => ({ name: 'WarehouseError', is });
