import type pg from 'pg';
import type { PostgresHouse } from './house.ts';

/** Resolves when a session of this name waits for a lock that somebody else has, or sleeps. */
export async function waiting(house: PostgresHouse, called: string, on: 'Lock' | 'Timeout' = 'Lock'): Promise<void> {
  const asks = await house.session();
  try {
    for (let found = 0; found === 0; )
      ({ rowCount: found } = await asks
        .query('select from pg_stat_activity where starts_with(application_name, $1) and wait_event_type = $2', [
          called,
          on,
        ])
        .then(({ rowCount }) => ({ rowCount: rowCount ?? 0 })));
  } finally {
    await asks.end();
  }
}

/** Resolves when the server has ended the session. */
export const ended = (session: pg.Client): Promise<void> =>
  new Promise((resolve) => {
    session.once('end', () => resolve());
  });
