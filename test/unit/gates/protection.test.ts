import { describe, expect, test } from 'vitest';
import { protection } from '../../../src/gates/protection.ts';
import type { Grant, Protection } from '../../../src/warehouse/port.ts';
import { answersOf } from './asking.ts';
import { catalog, column, model, onIdle, onLive, planned, side, table, type World } from './world.ts';

const grant = (what: string, column: string | null = null): Grant => ({ what, column });

const rights: Protection = {
  owner: 'analyst',
  grants: [grant('SELECT to reader'), grant('UPDATE (amount) to loader', 'amount')],
  rules: ['row security', 'policy own permissive r reader (id = 1)'],
  keys: ['foreign key (customer) to customers (id)'],
};

const settle = [{ do: 'protect', live: onLive('orders'), idle: onIdle('orders') }] as const;

const columns = [column('id', 'BIGINT'), column('amount', 'BIGINT')];

const world = (before: Protection | null, after: Protection | null, o: World = {}): World => ({
  plan: { settle, nodes: [planned(model('orders'))] },
  candidate: side(catalog([{ ...table(onIdle('orders'), columns), protection: after }])),
  current: side(catalog([{ ...table(onLive('orders'), columns), protection: before }])),
  ...o,
});

const verdict = async (o: World) => (await answersOf(protection, o))['protection'];

describe('what replaces a live relation', () => {
  test('may go live with all that live has, and more', async () => {
    const more = { ...rights, grants: [...rights.grants, grant('SELECT to public')] };
    expect(await verdict(world(rights, more))).toEqual({
      verdict: 'pass',
      expected: '1 relation as well protected, and as open, as on live',
      observed: 'every right and every policy is there',
    });
  });

  test.each([
    ['another owner', { owner: 'dbt' }, 'shop.main.orders would lose its owner analyst to dbt'],
    [
      'a grant less',
      { grants: [grant('SELECT to reader')] },
      'shop.main.orders would lose the grant of UPDATE (amount) to loader',
    ],
    [
      'a policy less',
      { rules: ['row security'] },
      'shop.main.orders would lose policy own permissive r reader (id = 1)',
    ],
    [
      'no row security',
      { rules: ['policy own permissive r reader (id = 1)'] },
      'shop.main.orders would lose row security',
    ],
  ])('may not go live with %s', async (_, less, observed) => {
    expect(await verdict(world(rights, { ...rights, ...less }))).toMatchObject({ verdict: 'fail', observed });
  });

  test('loses nothing with a column that it does not have', async () => {
    const gone = grant('SELECT (fax) to reader', 'fax');
    expect(await verdict(world({ ...rights, grants: [...rights.grants, gone] }, rights))).toMatchObject({
      verdict: 'pass',
    });
  });

  test('may go live without what its commit took away, and without no other right', async () => {
    const [fill] = settle;
    const revoked = [{ privilege: 'SELECT', grantee: 'reader' }];
    const less = { ...world(rights, { ...rights, grants: [] }), plan: { settle: [{ ...fill, revoked }], nodes: [] } };
    expect(await verdict(less)).toMatchObject({
      verdict: 'fail',
      observed: 'shop.main.orders would lose the grant of UPDATE (amount) to loader',
    });
  });

  test('goes live with a key less, as after any build, and that is told', async () => {
    expect(await verdict(world(rights, { ...rights, keys: [] }))).toMatchObject({
      verdict: 'warn',
      observed: 'shop.main.orders would lose foreign key (customer) to customers (id)',
    });
  });

  test('may not go live with a key less and a right less', async () => {
    expect(await verdict(world(rights, { ...rights, owner: 'dbt', keys: [] }))).toMatchObject({ verdict: 'fail' });
  });

  test('may not go live where its rights cannot be told', async () => {
    expect(await verdict(world(rights, null))).toMatchObject({
      verdict: 'fail',
      observed: 'shop.main.orders would lose all of its rights',
    });
  });

  test('may not be missing', async () => {
    expect(await verdict({ ...world(rights, rights), candidate: side(catalog([])) })).toMatchObject({
      verdict: 'fail',
      observed: 'shop.main.orders is not there',
    });
  });

  test('has nothing to lose where live has nothing of that name any more', async () => {
    expect(await verdict({ ...world(rights, rights), current: side(catalog([])) })).toMatchObject({ verdict: 'pass' });
  });
});

describe('what comes back', () => {
  const back = (before: Protection, after: Protection): World => {
    const resting = onLive('orders', 'main__r41');
    return world(before, after, {
      direction: 'back',
      plan: { settle: [{ do: 'protect', live: onLive('orders'), idle: resting }], nodes: [planned(model('orders'))] },
      candidate: side(catalog([{ ...table(resting, columns), protection: after }])),
    });
  };

  test('may, with the rights that live has', async () => {
    expect(await verdict(back(rights, rights))).toMatchObject({ verdict: 'pass' });
  });

  test('may not without a policy that live has got since', async () => {
    expect(await verdict(back(rights, { ...rights, rules: ['row security'] }))).toMatchObject({
      verdict: 'fail',
      observed: 'shop.main.orders would lose policy own permissive r reader (id = 1)',
    });
  });

  test('may not let in whom live does not let in any more', async () => {
    const wider = { ...rights, grants: [...rights.grants, grant('SELECT to intern')] };
    expect(await verdict(back(rights, wider))).toMatchObject({
      verdict: 'fail',
      observed: 'shop.main.orders would grant SELECT to intern, which live does not',
    });
  });

  test('may let in whom its own definition lets in, and a commit had shut out', async () => {
    const wider = { ...rights, grants: [...rights.grants, grant('SELECT to intern')] };
    const asked = back(rights, wider);
    const settled = [
      {
        do: 'protect' as const,
        live: onLive('orders'),
        idle: onLive('orders', 'main__r41'),
        restored: [{ privilege: 'SELECT', grantee: 'intern' }],
      },
    ];
    expect(await verdict({ ...asked, plan: { ...asked.plan, settle: settled } })).toMatchObject({ verdict: 'pass' });
  });

  test('may grant what live cannot: rights on a column that only it has', async () => {
    const wider = { ...rights, grants: [...rights.grants, grant('SELECT (fax) to reader', 'fax')] };
    expect(await verdict(back(rights, wider))).toMatchObject({ verdict: 'pass' });
  });
});

test('a plan that restores no rights is not asked about them', async () => {
  expect(await answersOf(protection, world(rights, rights, { plan: { settle: [] } }))).toEqual({});
});
