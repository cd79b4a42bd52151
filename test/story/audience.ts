import type { Content, Sees } from './chapters.ts';
import type { Reader, ReaderReport } from './reader.ts';

/** Something in the story is not as it is told. */
export class Untrue extends Error {}

/** Compares what a reader sees with what the story says that readers see. */
export class Audience {
  readonly #reader: Reader;
  /** How the reader's answers tell the contents apart. */
  readonly #states = new Map<Content, string>();
  #heard = 0;
  #now: Content | null = null;

  constructor(reader: Reader) {
    this.#reader = reader;
  }

  /** What readers have, by the story. */
  get now(): Content | null {
    return this.#now;
  }

  /** Throws Untrue when the reader saw an error, a mix, or anything but this since it was asked last. */
  async expect(sees: Sees | undefined): Promise<ReaderReport> {
    // Where nothing changes for readers nobody waits for them; what they see after all counts the next time.
    const report = sees ? await this.#reader.fresh() : await this.#reader.report();
    refuseTrouble(report);
    const expected = this.#expected(sees);
    const saw = report.states.slice(this.#heard).map(({ state }) => state);
    this.#heard = report.states.length;
    const without = expected.filter((content) => content !== sees?.glimpse);
    const told = [expected, without, this.#now === sees?.now ? [] : without].find(
      (contents) => contents.length === saw.length,
    );
    if (told === undefined) {
      throw new Untrue(`Readers should have seen ${quoted(expected)}; they saw ${quoted(saw)}.`);
    }
    for (const [index, content] of told.entries()) this.#recognise(content, saw[index] ?? '');
    if (sees) this.#now = sees.now;
    return report;
  }

  /** What readers see anew, in order. */
  #expected(sees: Sees | undefined): readonly Content[] {
    if (!sees) return [];
    if (sees.glimpse) return [sees.glimpse, sees.now];
    return sees.now === this.#now ? [] : [sees.now];
  }

  /** Throws Untrue where a name stands for other rows than before, or where two names stand for the same. */
  #recognise(content: Content, state: string): void {
    const before = this.#states.get(content);
    const same = [...this.#states].find(([other, known]) => other !== content && known === state);
    if (before !== undefined && before !== state) {
      throw new Untrue(`"${content}" was ${before}; now it is ${state}.`);
    }
    if (same) throw new Untrue(`"${content}" should differ from "${same[0]}" and does not: ${state}.`);
    this.#states.set(content, state);
  }
}

function refuseTrouble({ errors, messages, mixed, mixes }: ReaderReport): void {
  if (errors > 0) throw new Untrue(`Readers got errors (${errors}): ${messages[0]?.message}`);
  if (mixed > 0) throw new Untrue(`Readers saw a mix of two releases (${mixed} times): ${mixes[0]?.saw}`);
}

const quoted = (list: readonly string[]): string =>
  list.length === 0 ? 'nothing new' : list.map((text) => `"${text}"`).join(', then ');
