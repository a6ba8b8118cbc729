import type { DatasetName } from '../../contracts';
import type { DuckDb } from '../../platform/duckdb/duckdb';
import { literal } from '../../platform/duckdb/quote';
import { DataRefusedError } from '../../platform/errors';
import { printable } from '../../platform/printable';
import { type DatasetMapping, pointer } from './mapping';

/** Names of columns that a message shows at most. */
const mostShown = 50;

/** Finds which columns of a mapping the records of a dataset have. NDJSON records may lack some fields. */
export class MappedColumns {
	/** Mapped columns that no record has had so far. */
	private unseen: readonly string[];
	private readonly found = new Set<string>();
	private records = 0;

	constructor(
		private readonly dataset: DatasetName,
		private readonly mapping: DatasetMapping,
	) {
		this.unseen = [...new Set(Object.values(mapping.columns))];
	}

	/** Records the columns of some records: SQL that gives `json`, as `validateRecords` takes it. Chunks may call it side by side. */
	async add(duckdb: DuckDb, records: string): Promise<void> {
		const { unseen } = this;
		if (unseen.length === 0) return;
		const objects = `(select json from (${records}) where json_valid(json) and json_type(json) = 'OBJECT')`;
		const has = unseen.map((name, index) => `bool_or(json_exists(json, ${pointer(name)})) as has_${index}`);
		const seen = await duckdb.row(`select count(*) as n, ${has.join(', ')} from ${objects}`);
		this.records += Number(seen.n);
		const seenNow = unseen.filter((_, index) => seen[`has_${index}`] === true);
		this.unseen = this.unseen.filter((name) => !seenNow.includes(name));
		if (this.unseen.length === 0) return;
		const names = await duckdb.rows(
			`select distinct unnest(json_keys(json)) as name from (select json from ${objects} limit 1000) order by name limit ${mostShown}`,
		);
		for (const { name } of names) this.found.add(String(name));
	}

	/** Throws DataRefusedError where no record has a column that the mapping names. */
	check(): void {
		const fault = Object.entries(this.mapping.columns).find(([, column]) => this.unseen.includes(column));
		if (this.records === 0 || fault === undefined) return;
		const [field, column] = fault;
		throw new DataRefusedError(
			`The mapping takes ${field} of ${this.dataset} from the column '${column}', which no record of its files has. They have: ${printable([...this.found].sort().slice(0, mostShown).join(', '))}. Correct ${this.dataset}.columns.${field} in the mapping, or leave it out. Nothing of the batch is published.`,
		);
	}
}

/** SQL of records that are rejected where two fields have one name: after the mapping nobody could tell any more. */
export const withoutRepeatedNames = (records: string): string =>
	`select * exclude (is_repeated)
		replace (
			case when is_repeated then null else json end as json,
			case when is_repeated then ${literal('the record has two fields of one name')} else fault end as fault)
	 from (
		select *, coalesce(case when json_valid(json) and json_type(json) = 'OBJECT' then len(list_distinct(json_keys(json))) < len(json_keys(json)) end, false) as is_repeated
		from (${records})
	 )`;
