import type { Holder } from '../../../src/domain/head.ts';
import type { Sha } from '../../../src/domain/ids.ts';
import type { Settings } from '../../../src/domain/settings.ts';
import type { Ports, Progress } from '../../../src/engine/ports.ts';
import { copyOfData, type Data, namesOf, newData, placed, putThing, thingAt } from './data.ts';
import { dbtOf } from './dbt.ts';
import { type Effects, effectsOf, type Fault } from './effects.ts';
import { commit, gitOf, type Repository } from './git.ts';
import { type Mode } from './modes.ts';
import { type Project, type SourceTable, shop } from './project.ts';
import { type Moment, readersSee, type Seen } from './readers.ts';
import { modelSettings } from './settings.ts';
import { type Documents, storeOf } from './store.ts';
import { newTime, type Time } from './time.ts';
import { type WarehouseOptions, warehouseOf } from './warehouse.ts';

export interface WorldOptions {
  readonly mode: Mode;
  readonly settings?: Partial<Settings>;
  /** Whether a controller that died can be known to be dead by others: the same machine. Otherwise its lease must expire. */
  readonly oneMachine?: boolean;
  readonly fence?: WarehouseOptions['fence'];
  /** How many sides take turns behind views; three when left out. */
  readonly slots?: 2 | 3;
}

/** One lastgreen process. */
export interface Controller {
  readonly name: string;
  readonly ports: Ports;
  readonly effects: Effects;
  /** What it told whoever watches. */
  readonly told: readonly Progress[];
}

/** How a command ended. */
export type Ended<T> =
  | { readonly is: 'done'; readonly value: T }
  | { readonly is: 'failed'; readonly error: unknown }
  | { readonly is: 'died' };

export interface World {
  readonly data: Data;
  readonly documents: Documents;
  readonly repository: Repository;
  readonly time: Time;
  readonly settings: Settings;
  /** Every moment that readers could see, in order. */
  readonly moments: readonly Moment[];
  /** A new process, with at most one fault. */
  controller(fault?: Fault): Controller;
  /** The same world once more, for another course of events. No command may be running. */
  fork(): World;
  /** Runs a command of a controller to its end; the world goes on meanwhile. */
  run<T>(controller: Controller, command: (ports: Ports, signal: AbortSignal) => Promise<T>): Promise<Ended<T>>;
  /** As `run`, inside of something that already makes the world go on. */
  start<T>(controller: Controller, command: (ports: Ports, signal: AbortSignal) => Promise<T>): Promise<Ended<T>>;
  /** Several at once: their steps are taken in turns when the world takes turns. */
  together<T>(
    runs: readonly (readonly [Controller, (ports: Ports, signal: AbortSignal) => Promise<T>])[],
  ): Promise<readonly Ended<T>[]>;
  /** A commit on the work tree's. */
  commit(subject: string, project: Project): Sha;
  /** What readers see now. */
  readers(): Seen;
  /** A loader adds rows to a source, or takes some away. */
  load(table: SourceTable, rows: readonly string[], gone?: readonly string[]): void;
  /** Somebody writes a table into live that no release knows, or adds rows to one that is there. */
  writeLive(table: string, rows: readonly string[]): void;
}

/** A world with a small shop's source in it, a repository with one commit, and nothing released. */
export function newWorld(o: WorldOptions): World {
  const world = worldFrom(o, {
    data: newData(o.mode, o.slots),
    documents: new Map(),
    repository: { commits: new Map(), head: null, lost: false },
    nowMs: 0,
    moments: [],
    processes: 0,
  });
  world.commit('the shop', shop);
  world.load('orders', ['order 1', 'order 2', 'order 3']);
  world.load('customers', ['customer 1', 'customer 2']);
  return world;
}

/** All that a world is while no command runs. */
interface Rest {
  readonly data: Data;
  readonly documents: Documents;
  readonly repository: Repository;
  readonly nowMs: number;
  readonly moments: readonly Moment[];
  /** How many there have been. */
  readonly processes: number;
}

function worldFrom(o: WorldOptions, rest: Rest): World {
  const { data, documents, repository } = rest;
  const time = newTime(rest.nowMs);
  const settings = modelSettings(o.settings ?? {});
  const moments = [...rest.moments];
  const running = new Map<number, Effects>();
  let processes = rest.processes;
  let nonces = 0;

  data.visible = (after, fence) => {
    const { claimed, underWay, shown } = data;
    moments.push({ after, fence, claimed, underWay, shown, seen: readersSee(data) });
  };

  const holder = (pid: number): Holder => ({ host: 'model', bootId: 'one', pid, startedAt: `${pid}`, user: 'ada' });

  const controller = (fault?: Fault): Controller => {
    const pid = ++processes;
    const name = `controller ${pid}`;
    const effects = effectsOf(name, time, fault ?? null);
    running.set(pid, effects);
    const told: Progress[] = [];
    const warehouse = warehouseOf(data, effects, { fence: o.fence ?? 'checked' });
    const ports: Ports = {
      settings,
      sides: {
        live: [data.live],
        get idle() {
          return data.slots.slice(warehouse.building?.() ?? 0).slice(0, 1);
        },
      },
      warehouse,
      store: storeOf(documents, effects, time),
      dbt: dbtOf(data, repository, effects),
      git: gitOf(repository, effects),
      clock: time.clockOf(name),
      processes: {
        me: holder(pid),
        isDead: async (other) => o.oneMachine !== false && running.get(other.pid)?.dead() !== false,
      },
      random: {
        nonce: () => `${pid.toString(16).padStart(16, '0')}${(++nonces).toString(16).padStart(16, '0')}`,
        fraction: () => 0,
      },
      report: (progress) => told.push(progress),
    };
    return { name, ports, effects, told };
  };

  const start = <T>(of: Controller, command: (ports: Ports, signal: AbortSignal) => Promise<T>): Promise<Ended<T>> => {
    const ended = command(of.ports, new AbortController().signal).then(
      (value): Ended<T> => ({ is: 'done', value }),
      (error: unknown): Ended<T> => ({ is: 'failed', error }),
    );
    const died = of.effects.died.then((): Ended<T> => ({ is: 'died' }));
    // A process runs one command: with its end it is gone.
    return Promise.race([ended, died]).finally(of.effects.kill);
  };

  return {
    data,
    documents,
    repository,
    time,
    settings,
    moments,
    controller,
    fork: () => worldFrom(o, { ...copyOf({ data, documents, repository }), nowMs: time.nowMs(), moments, processes }),
    start,
    run: (of, command) => time.drive(start(of, command)),
    together: (runs) => time.drive(Promise.all(runs.map(([of, command]) => start(of, command)))),
    commit: (subject, project) => commit(repository, subject, project),
    readers: () => readersSee(data),
    load(table, rows, gone = []) {
      const at = namesOf(data, 'live').source(table);
      const old = thingAt(data, at)?.rows ?? [];
      putThing(
        data,
        at,
        source(
          table,
          [...new Set([...old, ...rows])].filter((row) => !gone.includes(row)),
        ),
      );
      data.visible(`a loader wrote ${table}`, null);
    },
    writeLive(table, rows) {
      const at = placed(data, 'live', namesOf(data, 'live').relation(table));
      const old = thingAt(data, at);
      const made = old ?? source(table, []);
      putThing(data, at, { ...made, rows: [...new Set([...made.rows, ...rows])] }, old?.id);
      data.visible(`somebody wrote ${table}`, null);
    },
  };
}

/** Things, documents and commits are never changed, only replaced: it is enough to copy what holds them. */
const copyOf = ({ data, documents, repository }: Pick<Rest, 'data' | 'documents' | 'repository'>) => ({
  data: copyOfData(data),
  documents: new Map(documents),
  repository: { ...repository, commits: new Map(repository.commits) },
});

const source = (table: string, rows: readonly string[]) => ({
  kind: 'table' as const,
  of: table,
  text: '',
  made: `raw.${table}`,
  rows,
  reads: [],
});
