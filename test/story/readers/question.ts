import { z } from 'zod';

/**
 * The fact beside a mart that is built from it, country by country, in one statement. Both come from the same build
 * when they agree on every country; every commit of the story changes the sums of both.
 */
export const question = `
select
  sum(case
    when f.orders = m.orders and f.revenue_cents = m.revenue_cents and f.margin_cents = m.margin_cents then 0
    else 1
  end) as disagreeing,
  sum(f.orders) as fact_orders, sum(f.revenue_cents) as fact_revenue_cents, sum(f.margin_cents) as fact_margin_cents,
  sum(m.orders) as mart_orders, sum(m.revenue_cents) as mart_revenue_cents, sum(m.margin_cents) as mart_margin_cents
from (
  select country_code, count(*) as orders, sum(revenue_cents) as revenue_cents, sum(margin_cents) as margin_cents
  from analytics.fct_orders
  group by country_code
) as f
full outer join analytics.revenue_by_country as m on m.country_code = f.country_code
`;

// Engines answer sums as number, bigint, string or a decimal object; all of them print as the whole number.
const whole = z.unknown().transform((value) => BigInt(String(value)).toString());

const answerSchema = z.object({
  disagreeing: whole,
  fact_orders: whole,
  fact_revenue_cents: whole,
  fact_margin_cents: whole,
  mart_orders: whole,
  mart_revenue_cents: whole,
  mart_margin_cents: whole,
});

/** What one statement saw. */
export interface Sight {
  /** The sums of the mart, which tell the releases of the story apart. */
  readonly state: string;
  /** What the two relations said where they were not of one build; null when they agree. */
  readonly mixed: string | null;
}

/** Reads the one row of the answer; throws when there is none or when sums are missing (an empty relation). */
export function sightOf(rows: readonly unknown[]): Sight {
  const row = answerSchema.parse(rows[0]);
  const say = (orders: string, revenue: string, margin: string): string =>
    `${orders} orders, revenue ${revenue}, margin ${margin}`;
  const fact = say(row.fact_orders, row.fact_revenue_cents, row.fact_margin_cents);
  const mart = say(row.mart_orders, row.mart_revenue_cents, row.mart_margin_cents);
  const mixed = row.disagreeing === '0' ? null : `${row.disagreeing} countries disagree; fact: ${fact}; mart: ${mart}`;
  return { state: mart, mixed };
}
