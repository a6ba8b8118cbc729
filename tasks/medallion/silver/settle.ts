import contestedKeys from '../../../sql/silver/contested-keys.sql';
import contested from '../../../sql/silver/contested.sql';
import { fill } from '../../engines/fill';
import { identifier } from '../../engines/quote';
import type { Workbench } from '../../engines/table-files';
import { keyOf } from './entries';
import { contentColumns, type DatedDataset } from './tables';

/** Lines without a number lose in an order that has numbered ones. */
const unnumbered = 'line_number is null and order_id in (select order_id from numbered_orders)';

/**
 * Makes the view `settled` from the table `entries`: each content once a batch, with its part in its key's contest.
 * Nearly all keys are plain and pass through as they are; only the contested ones are grouped and ranked.
 */
export async function settle({ duckdb }: Workbench, dataset: DatedDataset): Promise<void> {
	const lines = dataset === 'order_items';
	if (lines) {
		await duckdb.execute(
			`create or replace temp table numbered_orders as
			 select distinct order_id from entries
			 where line_number is not null and order_id in (select order_id from entries where line_number is null)`,
		);
	}
	const keyHash = `hash(${keyOf[dataset]})`;
	await duckdb.execute(
		`create or replace temp table contested_keys as ${fill(contestedKeys, { key_hash: keyHash })}`,
	);
	if (lines) {
		await duckdb.execute(`insert into contested_keys select distinct ${keyHash} from entries where ${unnumbered}`);
	}
	const columns = contentColumns(dataset).map(({ name }) => identifier(name));
	await duckdb.execute(
		`create or replace temp table contested as ${fill(contested, {
			columns: columns.join(', '),
			key: keyOf[dataset],
			key_hash: keyHash,
			loses: lines ? unnumbered : 'false',
		})}`,
	);
	await duckdb.execute(
		`create or replace temp view settled as
		 select *, false as is_plain from contested
		 union all
		 select * replace (1 as position), true as is_first, true as is_winner, true as is_plain from entries
		 where ${keyHash} not in (select key_hash from contested_keys)`,
	);
}
