import { inputsOf, type Relation, requireDuckDb } from '../../engine';
import { whole } from '../../lake';
import { identifier } from '../../platform/duckdb/quote';
import { quoteValue } from '../../platform/quote-value';
import type { ProjectGoldTable } from '../../project';
import type { GoldRun } from './gold-run';

/**
 * Audits the rows of a project's table: the partitions in which a key occurs twice, a value is missing that may not be, or
 * the table's own audit finds a row; each with its first fault.
 */
export async function findOwnFaults(
	{ engine }: Pick<GoldRun, 'engine'>,
	own: ProjectGoldTable,
	known: Readonly<Record<string, Relation>>,
): Promise<ReadonlyMap<string, string>> {
	const { table, key, audit, name } = own;
	const rows = known[name] as Relation;
	const place = table.partition ? `cast(${identifier(table.partition.column)} as varchar)` : `'${whole}'`;
	const columns = key.map(identifier).join(', ');
	const values = key.length === 0 ? "''" : `concat_ws(', ', ${columns})`;
	const found = await requireDuckDb(engine).duckdb.rows(
		[
			...table.columns
				.filter(({ nullable }) => !nullable)
				.map(
					({ name }) =>
						`select ${place} as place, '${name} is null' as fault, '' as value from ${rows.name} where ${identifier(name)} is null`,
				),
			`select ${place} as place, '${key.length === 0 ? 'there is more than one row' : `${key.join(', ')} is not unique`}' as fault, ${values} as value
			 from ${rows.name} group by ${[place, ...key.map(identifier)].join(', ')} having count(*) > 1`,
		]
			.map((select) => `(${select} order by all limit 1000)`)
			.join(' union all '),
	);
	const faults = new Map<string, string>();
	const add = (partition: string, reason: string) => {
		if (!faults.has(partition)) faults.set(partition, reason);
	};
	for (const { place, fault, value } of found) {
		const what = value === '' ? fault : `${fault}: ${quoteValue(String(value))}`;
		add(String(place), `${what}, against ${own.contract}`);
	}
	if (!audit) return faults;
	for (const row of await engine.rows(audit.sql, { inputs: inputsOf(audit.sql, known) })) {
		const { [table.partition?.column ?? '']: date = whole, ...rest } = row;
		add(
			String(date),
			`${audit.file} finds ${Object.entries(rest)
				.map(([column, value]) => `${column} ${value}`)
				.join(', ')}`,
		);
	}
	return faults;
}
