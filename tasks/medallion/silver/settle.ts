import contested from '../../../sql/silver/contested.sql';
import contestedKeys from '../../../sql/silver/contested-keys.sql';
import { fill } from '../../engines/fill';
import { identifier } from '../../engines/quote';
import type { Workbench } from '../../engines/table-files';
import { keyOf } from './entries';
import { contentColumns, type DatedDataset } from './tables';

/** Lines without a number lose in an order that has numbered ones. */
const unnumbered = 'line_number is null and order_id in (select order_id from numbered_orders)';

/**
 * Divides the table `entries`: the view `plain_rows` has the keys with one content that arrived once, which is nearly
 * all; the table `contested` has the others, each content once a batch, with its part in its key's contest.
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
	const keyHash = `hash(${keyOf(dataset)})`;
	await duckdb.execute(`create or replace temp table contested_keys as ${fill(contestedKeys, { key_hash: keyHash })}`);
	if (lines) {
		await duckdb.execute(`insert into contested_keys select distinct ${keyHash} from entries where ${unnumbered}`);
	}
	const columns = contentColumns(dataset).map(({ name }) => identifier(name));
	await duckdb.execute(
		`create or replace temp table contested as ${fill(contested, {
			columns: columns.join(', '),
			key: keyOf(dataset),
			key_hash: keyHash,
			loses: lines ? unnumbered : 'false',
		})}`,
	);
	await duckdb.execute(
		`create or replace temp view plain_rows as
		 select * replace (1 as position) from entries where ${keyHash} not in (select key_hash from contested_keys)`,
	);
}

/**
 * Puts the contested records at their homes, in the table `exceptions`. `homes` is SQL of a table with the home of each
 * key (or order) and of how to join it to `contested`.
 */
export async function placeContested({ duckdb }: Workbench, homes: { date: string; from: string }): Promise<void> {
	await duckdb.execute(
		`create or replace temp table exceptions as
		 select contested.*, false as is_plain, ${homes.date} as home, cast(null as varchar) as waits_for, false as is_orphan
		 from contested ${homes.from}`,
	);
}
