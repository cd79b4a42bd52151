import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LastgreenError } from '../../../src/domain/errors.ts';
import { planRollback } from '../../../src/planning/rollback.ts';
import { at, commit, others, plan, r42, staying, swap, tables, type World, world, wouldLose } from './bad-release.ts';
import { fileSides, model, node, onIdle, onLive } from './world.ts';

/** Which of these would not have live's rows afterwards; the error's code when a person is asked instead. */
function lost(o: World, names: readonly string[]): readonly string[] | string {
  try {
    const stay = staying(o).map((name) => name.replace('shop.main.', ''));
    return names.filter((name) => !stay.includes(name));
  } catch (error) {
    return error instanceof LastgreenError ? error.code : String(error);
  }
}

describe('swap back', () => {
  it('is the flip alone when only the snapshot that was built again has rows to keep and the config lets them go', () => {
    const { fills, side } = swap({ acceptLoss: ['kept'], ...others });
    expect(fills).toEqual([]);
    expect(side.containers).toEqual([at('r41')]);
  });

  it('copies the kept file and brings it level from live, so that the kept one stays whole', () => {
    const { fills } = swap({ written: ['orders'] });
    expect(fills).toEqual([
      { do: 'copy', from: at('r41'), id: 'file of r41', to: fileSides.idle[0] },
      { do: 'copy', from: onLive('kept'), id: expect.anything(), to: onIdle('kept') },
      { do: 'copy', from: onLive('orders'), id: expect.anything(), to: onIdle('orders') },
    ]);
  });

  it('does not take back what the release had not changed and was written to since', () => {
    expect(staying({ written: ['aside', 'aside_fact', 'aside_kept', 'orders', 'handmade'] })).toEqual([
      'kept',
      'aside',
      'aside_fact',
      'aside_kept',
      'shop.main.orders',
      'shop.main.handmade',
    ]);
  });

  it('takes with it what nobody had before the cutover', () => {
    expect(staying({ more: ['loaded'], written: ['loaded'] })).toEqual(['kept', 'shop.main.loaded']);
  });

  it('lists what goes back, to when, and what was written to it since', () => {
    const { goingBack, backTo } = swap({ written: ['fact'] });
    expect(goingBack.map(({ name, materialized, movedOn }) => [name, materialized, movedOn])).toEqual([
      ['fact', 'incremental', true],
      ['table', 'table', false],
    ]);
    expect(backTo).toBe('2026-11-21T10:42:00Z');
  });

  it("keeps live's rows of what is irreplaceable, by name or pattern", () => {
    expect(staying({ irreplaceable: ['fa*'] })).toEqual(['fact', 'kept']);
  });

  it("keeps live's rows where live has more columns", () => {
    expect(staying({ liveColumns: { kept: ['id', 'more'] } })).toEqual(['kept']);
  });

  it.each([
    ['a snapshot that the release changed', [], 'kept (a snapshot): what is gone back to needs id'],
    ['a snapshot that it had not', ['aside_kept'], 'aside_kept (a snapshot)'],
    ['a source', ['orders'], 'shop.main.orders (no release builds it)'],
  ])('asks a person when the columns do not let the rows of %s stay', (_, written, text) => {
    expect(() => plan({ ...others, written })).toThrowError(wouldLose(text));
  });

  it('says what to type to lose them, and does as told', () => {
    expect(() => plan(others)).toThrowError(
      expect.objectContaining({ next: 'lastgreen rollback --to r41 --accept-loss kept' }),
    );
    expect(staying({ ...others, acceptLoss: ['kept'] })).toEqual([]);
    expect(staying({ ...others, written: ['orders'], acceptLoss: ['all'] })).toEqual([]);
  });

  it('asks a person before rows go that were written to a model which only the release has', () => {
    const added = new Map([[model('log'), node('log', { config: { full_refresh: false } })]]);
    const o = { is: commit('bad', added), more: ['log'] };
    expect(() => plan({ ...o, written: ['log'] })).toThrowError(
      wouldLose('log (full_refresh: false): only what is live has it'),
    );
    expect(staying(o)).toEqual(['kept']);
  });

  it('keeps everything that may have been written to when nobody knows', () => {
    expect(staying({ sealKnown: false })).toEqual([
      'kept',
      'aside',
      'aside_fact',
      'aside_kept',
      'shop.main.orders',
      'shop.main.handmade',
    ]);
  });

  it('never loses a row of what cannot be made again, whatever was written', () => {
    fc.assert(
      fc.property(
        fc.subarray([...tables]),
        fc.subarray(['kept', 'aside_kept', 'orders', 'handmade']),
        (written, unfit) => {
          const o = { written, liveColumns: Object.fromEntries(unfit.map((name) => [name, ['other']])) };
          const precious = ['kept', 'aside_kept', 'orders', 'handmade'].filter(
            (name) => name === 'kept' || written.includes(name),
          );
          expect(lost(o, precious)).toEqual(precious.some((name) => unfit.includes(name)) ? 'WOULD_LOSE' : []);
        },
      ),
    );
  });
});

describe('which way back is taken', () => {
  it('is swap back, with why not the others', () => {
    expect(swap().others).toEqual([
      { strategy: 'time-travel', because: 'this engine has no time travel beyond its kept sides, which hold r41' },
      { strategy: 'rebuild', because: 'it is slower' },
    ]);
  });

  it('is rebuild where no kept side holds the target', () => {
    const made = plan({ keptSide: false });
    expect(made).toMatchObject({
      is: 'rebuild',
      others: [{ strategy: 'swap', because: 'no kept side holds r41' }, { strategy: 'time-travel' }],
    });
  });

  it('is none when the one that was asked for cannot be', () => {
    const none = (because: string) =>
      expect.objectContaining({ code: 'NO_WAY_BACK', message: expect.stringContaining(because) });
    expect(() => plan({ strategy: 'swap', keptSide: false })).toThrowError(none('no kept side holds r41'));
    expect(() => plan({ strategy: 'time-travel' })).toThrowError(none('no time travel beyond its kept sides'));
  });

  it('is none when nobody knows what the target was', () => {
    const unknown = { ...world({}), to: { plan: null, manifest: null } };
    expect(() => planRollback(unknown)).toThrowError(
      expect.objectContaining({
        code: 'NO_WAY_BACK',
        message: expect.stringContaining('the manifest of r41 is not in the store'),
      }),
    );
  });

  it('is not needed when live has the content already', () => {
    expect(plan({ target: r42 })).toEqual({ is: 'already-back', target: 'r42' });
  });
});
