import type { Engine, Relation } from '../../engine';
import { InternalError } from '../../platform/errors';

/** Runs an audit of `sql/gold/`; throws InternalError with the first figure that is not what it should be. */
export async function audit(engine: Engine, sql: string, inputs: Readonly<Record<string, Relation>>): Promise<void> {
	const [broken] = await engine.rows(sql, { inputs });
	if (!broken) return;
	const date = broken.order_date ?? broken.event_date ?? broken.sale_date ?? 'all dates';
	throw new InternalError(
		`Gold of ${date} does not add up: ${broken.figure} is ${broken.amount}, ${broken.other_figure} is ${broken.other_amount}. Nothing is published.`,
	);
}
