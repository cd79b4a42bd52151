import { unauthorised } from '../../../../src/warehouse/bigquery/access-list.ts';
import { createRowPolicy, rowPoliciesOf } from '../../../../src/warehouse/bigquery/row-policies.ts';
import {
  ensureDataset,
  getDataset,
  getPolicy,
  patchDataset,
  setPolicy,
} from '../../../../src/warehouse/bigquery/tables.ts';
import { settles, yesOrNo } from '../../settles.ts';
import { type Ground, yesOr } from './ground.ts';

/** Who may see what, and what becomes of that. */
export function accessFacts(ground: Ground): void {
  const { call, ctx, dataset, get, location, made, name, path, policyTag, prefix, project, run, value } = ground;
  const { client } = ctx;
  const asking = async (): Promise<string> => {
    const user = String(await value('select session_user()'));
    return `${user.endsWith('gserviceaccount.com') ? 'serviceAccount' : 'user'}:${user}`;
  };
  const authorises = async (by: string): Promise<string> => {
    const found = await getDataset(client, project, dataset);
    if (found === null) return 'there is no dataset';
    const entry = { dataset: { dataset: { projectId: project, datasetId: by }, targetTypes: ['VIEWS'] } };
    const body = { access: [...found.access, entry] };
    const now = await patchDataset(client, { project, dataset, etag: found.etag }, body);
    return yesOrNo(unauthorised(now.access, project, [by]).length === 0);
  };

  settles('a dataset may be authorised for another', 'yes', async () => {
    const other = `${prefix}_other`;
    await ensureDataset(client, project, other, { location });
    return authorises(other);
  });

  settles('a dataset may be authorised for itself', 'yes', () => authorises(dataset));

  settles('rights that a view has of its own stay when its text is patched', 'yes', async () => {
    const [a, b] = [await made(1), await made(2)];
    const view = `rights_${a}`;
    await run(`create view ${name(view)} as select * from ${name(a)}`);
    const id = { project, dataset, table: view };
    const before = await getPolicy(client, id);
    const bindings = [...before.bindings, { role: 'roles/bigquery.dataViewer', members: [await asking()] }];
    await setPolicy(client, id, { ...before, bindings });
    const body = { view: { query: `select * from ${name(b)}`, useLegacySql: false } };
    await call({ method: 'PATCH', path: path(view), body });
    return yesOrNo((await getPolicy(client, id)).bindings.some(({ role }) => role === 'roles/bigquery.dataViewer'));
  });

  const described = async (field: object): Promise<string> => {
    const view = `columns_${await made()}`;
    await run(`create view ${name(view)} as select 1 as id`);
    const fields = [{ name: 'id', type: 'INTEGER', mode: 'NULLABLE', ...field }];
    const body = { view: { query: 'select 2 as id', useLegacySql: false }, schema: { fields } };
    await call({ method: 'PATCH', path: path(view), body });
    const [found] = (await get(view)).schema.fields;
    return yesOrNo(Object.keys(field).every((key) => JSON.stringify(found).includes(`"${key}"`)));
  };

  settles('a patch of a view takes descriptions of its columns with its text', 'yes', () =>
    described({ description: 'whose it is' }),
  );

  settles('a patch of a view takes policy tags of its columns with its text', null, () =>
    policyTag === null
      ? Promise.resolve('open: no --policy-tag was given')
      : described({ policyTags: { names: [policyTag] } }),
  );

  settles('a row access policy that was created is listed, with its predicate and whom it names', 'yes', async () => {
    const policy = { name: 'own', predicate: 'id > 0', grantees: [await asking()] };
    const id = { project, dataset, table: await made() };
    await run(createRowPolicy(id, policy));
    const [found] = await rowPoliciesOf(ctx, id);
    return yesOr(
      JSON.stringify({ ...found, predicate: found?.predicate.replace(/^\((.*)\)$/, '$1') }),
      JSON.stringify(policy),
    );
  });

  for (const [what, copy] of [
    ['a clone', (from: string, to: string) => run(`create table ${name(to)} clone ${name(from)}`)],
    ['a copy', (from: string, to: string) => run(`create table ${name(to)} copy ${name(from)}`)],
  ] as const)
    settles(`row access policies go along with ${what}`, null, async () => {
      const from = await made();
      await run(
        createRowPolicy(
          { project, dataset, table: from },
          { name: 'own', predicate: 'true', grantees: [await asking()] },
        ),
      );
      await copy(from, `of_${from}`);
      return yesOrNo((await rowPoliciesOf(ctx, { project, dataset, table: `of_${from}` })).length > 0);
    });
}
