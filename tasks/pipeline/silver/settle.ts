import contested from '../../../sql/silver/contested.sql';
import contestedKeys from '../../../sql/silver/contested-keys.sql';
import type { Workbench } from '../../lake/partitions';
import { fill } from '../../platform/duckdb/fill';
import { identifier } from '../../platform/duckdb/quote';
import { recordKeySql } from './entries';
import { contentColumns, type DatedDataset } from './tables';

/** Lines without a number lose in an order that has numbered ones. */
const unnumbered = 'line_number is null and order_id in (select order_id from numbered_orders)';
/** Lines that may be orphans. */
const unreferenced = 'home is null or not is_known';

/**
 * Divides the view `entries`: the view `plain_rows` has the keys with one content that arrived once and is kept, which is
 * nearly all; the table `contested` has the others, each content once a batch, with its part in its key's contest.
 */
export async function settle({ duckdb }: Workbench, dataset: DatedDataset): Promise<void> {
	const lines = dataset === 'order_items';
	await duckdb.execute(`create or replace temp table contested_keys as ${contestedKeys}`);
	if (lines) {
		await duckdb.execute(
			`create or replace temp table numbered_orders as
			 select distinct order_id from entries
			 where line_number is not null and order_id in (select order_id from entries where line_number is null)`,
		);
		for (const losesOrWaits of [unnumbered, unreferenced]) {
			await duckdb.execute(`insert into contested_keys select distinct key_hash from entries where ${losesOrWaits}`);
		}
	}
	const columns = contentColumns(dataset).map(({ name }) => identifier(name));
	await duckdb.execute(
		`create or replace temp table contested as ${fill(contested, {
			columns: [...columns, ...(lines ? ['home', 'is_known'] : [])].join(', '),
			key: recordKeySql(dataset),
			loses: lines ? unnumbered : 'false',
		})}`,
	);
	await duckdb.execute(
		`create or replace temp view plain_rows as
		 select * replace (1 as position) from entries where key_hash not in (select key_hash from contested_keys)`,
	);
}

/**
 * Puts the contested records at their homes, in the table `exceptions`. `homes` is SQL of a record's home, and of what
 * has to be joined to `contested` for it.
 */
export async function placeContested({ duckdb }: Workbench, homes: { date: string; from: string }): Promise<void> {
	await duckdb.execute(
		`create or replace temp table exceptions as
		 select contested.*, ${homes.date} as home, cast(null as varchar) as waits_for, false as is_orphan
		 from contested ${homes.from}`,
	);
}

/** The same for lines, which have their homes: a winner that waits for its order or its product is an orphan. */
export async function placeContestedLines({ duckdb }: Workbench): Promise<void> {
	await duckdb.execute(
		`create or replace temp table exceptions as
		 select *, case when home is null then 'order' else 'product' end as waits_for, true as is_orphan
		 from contested where is_winner and (${unreferenced})
		 union all
		 select *, null, false from contested where not (is_winner and (${unreferenced}))`,
	);
}
