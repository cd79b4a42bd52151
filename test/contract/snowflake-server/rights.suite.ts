import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { SnowflakeServer } from '../../warehouses/snowflake/server.ts';
import { type Client, connected, inDatabase, refusal } from './client.ts';

/** Who may do what, and where grants go when objects get other names. */
export function rights(server: () => SnowflakeServer): void {
  /** A database, a role that may use it, and a session of somebody who has nothing but that role. */
  async function stage(): Promise<{ db: Client & { name: string }; role: string; guest: Client }> {
    const db = await inDatabase(server());
    const role = `R${randomBytes(5).toString('hex').toUpperCase()}`;
    await db.run(
      `create role ${role}`,
      `create user ${role}_USER password = 'p' default_role = ${role} default_warehouse = WH`,
      `grant role ${role} to user ${role}_USER`,
      `grant usage on warehouse wh to role ${role}`,
      `grant usage on database ${db.name} to role ${role}`,
      `grant usage on schema ${db.name}.public to role ${role}`,
    );
    const guest = await connected(server(), { username: `${role}_USER`, password: 'p', database: db.name, role });
    return { db, role, guest };
  }

  const privileges = async (db: Client, on: string): Promise<readonly string[]> =>
    (await db.rows(`show grants on ${on}`)).map((row) => [row['privilege'], row['grantee_name']].join(' '));

  describe('a role', () => {
    it('reads what it was granted, and nothing else is there for it', async () => {
      const { db, role, guest } = await stage();
      await db.run('create table t as select 1 as v', 'create view w as select v from t');
      await expect(guest.rows('select * from t')).rejects.toEqual(refusal('002003', '42S02'));
      expect(await guest.rows('show tables')).toEqual([]);
      await db.run(`grant select on view w to role ${role}`);
      expect(await guest.value('select v from w')).toBe(1);
      await expect(guest.rows('select * from t')).rejects.toEqual(refusal('002003'));
      await db.run(`grant insert on table t to role ${role}`);
      await expect(guest.rows('select * from t')).rejects.toEqual(refusal('003001', '42501'));
      await guest.run('insert into t values (2)');
      await expect(guest.rows('update t set v = 3')).rejects.toEqual(refusal('003001', '42501'));
      await db.run(`revoke usage on schema public from role ${role}`);
      await expect(guest.rows('select v from w')).rejects.toThrow('does not exist or not authorized');
    });

    it('owns both sides of a swap, or is refused', async () => {
      const { db, role, guest } = await stage();
      await db.run('create table a (v int)', 'create table b (v int)', `grant all on table a to role ${role}`);
      await db.run(`grant ownership on table b to role ${role}`);
      await expect(guest.rows('alter table a swap with b')).rejects.toEqual(refusal('003001', '42501'));
      await expect(guest.rows('drop table a')).rejects.toEqual(refusal('003001'));
      await expect(guest.rows('alter table b rename to c')).resolves.toBeDefined();
      await expect(guest.rows('create table d (v int)')).rejects.toEqual(refusal('003001'));
      await db.run(`grant create table on schema public to role ${role}`);
      await guest.run('create table d (v int)', 'alter table d swap with c');
      await expect(guest.rows(`create schema ${db.name}.s`)).rejects.toEqual(refusal('003001'));
      await expect(guest.rows(`alter schema public rename to p2`)).rejects.toEqual(refusal('003001'));
    });

    it('takes up only roles that its user has', async () => {
      const { role, guest } = await stage();
      await expect(guest.rows('use role SYSADMIN')).rejects.toEqual(refusal('003013', '42501'));
      expect(await guest.value('select current_role()')).toBe(role);
      await expect(connected(server(), { username: `${role}_USER`, password: 'p', role: 'SYSADMIN' })).rejects.toEqual(
        refusal('390189'),
      );
    });
  });

  describe('grants', () => {
    it('follow objects through swaps and renames', async () => {
      const { db, role } = await stage();
      await db.run('create table a (v int)', 'create table b (v int)', `grant select on table a to role ${role}`);
      await db.run('alter table a swap with b');
      expect(await privileges(db, 'table b')).toEqual(['OWNERSHIP SYSADMIN', `SELECT ${role}`]);
      expect(await privileges(db, 'table a')).toEqual(['OWNERSHIP SYSADMIN']);
      await db.run('alter table b rename to c');
      expect(
        await db.rows(`select grantee from information_schema.table_privileges where privilege_type = 'SELECT'`),
      ).toEqual([{ GRANTEE: role }]);
    });

    it('are lost when an object is replaced, and kept with COPY GRANTS', async () => {
      const { db, role } = await stage();
      await db.run('create table t (v int)', `grant select on table t to role ${role}`);
      await db.run('create or replace table t copy grants as select 1 as v');
      expect(await privileges(db, 'table t')).toContain(`SELECT ${role}`);
      await db.run('create or replace table t as select 1 as v');
      expect(await privileges(db, 'table t')).toEqual(['OWNERSHIP SYSADMIN']);
    });

    it('of a future kind come with what is created, not with what is moved', async () => {
      const { db, role } = await stage();
      await db.run('create schema s', 'create table public.moved (v int)');
      await db.run(`grant select on future tables in schema s to role ${role}`);
      await db.run('create table s.made (v int)', 'alter table public.moved rename to s.moved');
      expect(await privileges(db, 'table s.made')).toContain(`SELECT ${role}`);
      expect(await privileges(db, 'table s.moved')).toEqual(['OWNERSHIP SYSADMIN']);
      expect(await db.rows('show future grants in schema s')).toMatchObject([
        { privilege: 'SELECT', grant_on: 'TABLE', name: `${db.name}.S.<TABLE>`, grantee_name: role },
      ]);
    });

    it('come along in a clone of a container for what is in it, not for itself', async () => {
      const { db, role } = await stage();
      await db.run('create schema s', 'create table s.t (v int)', `grant select on table s.t to role ${role}`);
      await db.run(`grant usage on schema s to role ${role}`, 'create schema c clone s');
      expect(await privileges(db, 'table c.t')).toContain(`SELECT ${role}`);
      expect(await privileges(db, 'schema c')).toEqual(['OWNERSHIP SYSADMIN']);
    });

    it('stand in the way of a new owner until it is said what becomes of them', async () => {
      const { db, role } = await stage();
      await db.run('create table t (v int)', `grant select on table t to role ${role}`);
      await expect(db.rows(`grant ownership on table t to role ${role}`)).rejects.toThrow('Dependent grant');
      await db.run(`grant ownership on table t to role ${role} copy current grants`);
      expect(await privileges(db, 'table t')).toEqual([`OWNERSHIP ${role}`, `SELECT ${role}`]);
      await db.run(`grant ownership on table t to role SYSADMIN revoke current grants`);
      expect(await privileges(db, 'table t')).toEqual(['OWNERSHIP SYSADMIN']);
    });
  });

  it('protects tables by policies, which it lists and does not carry out', async () => {
    await using db = await inDatabase(server());
    await db.run('create table t (v int, w int)', 'create masking policy m as (x int) returns int -> 0');
    await db.run('alter table t modify column w set masking policy m');
    expect(
      await db.rows(
        `select policy_name, ref_column_name from table(information_schema.policy_references(ref_entity_name => '${db.name}.public.t', ref_entity_domain => 'table'))`,
      ),
    ).toEqual([{ POLICY_NAME: 'M', REF_COLUMN_NAME: 'W' }]);
    await expect(db.rows('drop masking policy m')).rejects.toThrow('associated with');
    await expect(db.rows('select v from t')).rejects.toThrow('does not model');
    await db.run('alter table t modify column w unset masking policy', 'select v from t', 'drop masking policy m');
  });
}
