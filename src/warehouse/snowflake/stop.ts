import { endLeftOver } from '../left-over.ts';
import type { Context } from './context.ts';
import { identifier } from './dialect.ts';

/** dbt's queries have one QUERY_TAG for the environment (documentation, "QUERY_HISTORY", "SYSTEM$CANCEL_QUERY"). */
export const stop = ({ open, tag, controlDatabase }: Context): Promise<number> =>
  open.with('stop', async (session) => {
    if (tag === '') return 0;
    return endLeftOver<string>(async (ended) => {
      const rows = await session.run(
        `select QUERY_ID from table(${identifier(controlDatabase)}.information_schema.query_history(result_limit => 10000))
         where QUERY_TAG = ? and EXECUTION_STATUS <> 'SUCCESS' and EXECUTION_STATUS not like 'FAILED%'`,
        [tag],
      );
      for (const id of rows.map((row) => String(row['QUERY_ID'])).filter((one) => !ended.has(one))) {
        await session.run('select system$cancel_query(?)', [id]);
        ended.add(id);
      }
    });
  });
