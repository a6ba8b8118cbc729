import type { Contract, Dataset, LiveTable, LiveView, Table } from '../../contracts';
import { listRules } from '../../contracts/rule-kinds';

/** The data catalogue as a page of markdown, from the contracts alone. */
export function renderDataCatalog(
	datasets: readonly Dataset[],
	tables: readonly Table[],
	live: readonly (LiveTable | LiveView)[],
	quotes: Contract,
): string {
	const sections = [
		'<!-- Generated from tasks/contracts by `npm run docs:catalog`; do not edit. -->',
		'# Data catalogue',
		'What the sources send, and what the tables hold. Times are UTC; amounts are exact decimals.',
		contents(datasets, tables, live),
		'## Source datasets',
		'A record that breaks a rule goes to quarantine: `lake_quarantine` shows it with the rule. If a batch was refused for too many such records, they are in `lake_refused`. Bronze keeps the others in the table `bronze_<dataset>`, partitioned by `batch`: Parquet with the fields of the contract, typed (a date keeps the instant that it was given with), and `_file` and `_line` (the place in the source). `_extra` has the fields that the contract does not have, as a JSON object. `_raw` is the text as received, unless the other columns reproduce it exactly: then it is null. Batches that were ingested before format 2 are NDJSON: `query` on DuckDB reads them too, without `_extra` and `_raw`; on Athena they appear once they are Parquet.',
		'Two rules apply to every dataset: a text has no control characters (Unicode category Cc) other than tab, line feed and carriage return (`type`), and a record is nested at most 1000 levels deep (`unparsable`). An id that is a JSON number, or a number in Parquet, becomes its decimal text: `5001.0` and `5.001e3` are `5001`. A string stays as it is. A JSON number keeps every digit, in `_raw` if its type can’t hold them.',
		...datasets.map(sourceSection),
		...(['silver', 'gold'] as const).flatMap((layer) => [
			`## ${layers[layer].title}`,
			layers[layer].about,
			...tables.filter((table) => table.layer === layer).map((table) => tableSection(table, 'date')),
		]),
		'## Live',
		'Records as the streams deliver them, at once: no rule was applied, and no head of the lake names them.',
		...live.map((table) => tableSection({ partition: null, ...table }, 'string')),
		'## Stock quotes',
		'Rows of the files below `stocks/`, which go to DynamoDB and not into the lake. A row that breaks a rule goes to `rejected/…`; [market-data.md](market-data.md) has the rules in words.',
		sourceSection(quotes),
	];
	return `${sections.join('\n\n')}\n`;
}

const layers = {
	silver: { title: 'Silver', about: 'Typed, one row per key; Parquet.' },
	gold: { title: 'Gold', about: 'Business tables; Parquet. An order counts unless it is cancelled.' },
} as const;

function contents(
	datasets: readonly Dataset[],
	tables: readonly Table[],
	live: readonly (LiveTable | LiveView)[],
): string {
	const links = (names: readonly string[]) => names.map((name) => `[${name}](#${name})`).join(', ');
	const named = (layer: Table['layer']) => tables.filter((table) => table.layer === layer).map(({ name }) => name);
	return [
		`- Sources: ${links(datasets.map(({ name }) => name))}`,
		`- Silver: ${links(named('silver'))}`,
		`- Gold: ${links(named('gold'))}`,
		`- Live: ${live.map(({ name }) => `[${name}](#${name}${datasets.some((other) => other.name === name) ? '-1' : ''})`).join(', ')}`,
	].join('\n');
}

function sourceSection(contract: Contract & Partial<Dataset>): string {
	const { name, version, description, fields, key, alternativeKey, eventTime } = contract;
	const keys = [key, ...(alternativeKey ? [alternativeKey] : [])].map((columns) => code(columns.join(', ')));
	return [
		`### ${name}`,
		version === undefined ? description : `${description} Contract version ${version}.`,
		[
			`- Key: ${keys.join(', or, if its last column is null, ')}`,
			`- Dated by: ${eventTime === null ? 'no field of its own' : code(eventTime)}`,
		].join('\n'),
		markdownTable(
			['Field', 'Type', 'Required', 'Rules', 'Meaning'],
			Object.entries(fields).map(([name, { type, required, description }]) => [
				code(name),
				type,
				required ? 'yes' : 'no',
				fieldRules(contract, name).join(', '),
				description,
			]),
		),
	].join('\n\n');
}

/** The rules of a field, in words. */
export const fieldRules = (contract: Contract, field: string): string[] =>
	listRules(contract).flatMap((rule) => (rule.field === field && rule.description) || []);

function tableSection({ name, description, columns, partition }: Omit<Table, 'layer'>, partitionType: string): string {
	const rows = columns.map(({ name, type, nullable, description }) => [
		code(name),
		type,
		nullable ? 'yes' : 'no',
		description,
	]);
	if (partition) rows.push([code(partition.column), `${partitionType} (partition)`, 'no', partition.description]);
	return [`### ${name}`, description, markdownTable(['Column', 'Type', 'Nullable', 'Meaning'], rows)].join('\n\n');
}

const code = (text: string): string => `\`${text}\``;

function markdownTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
	const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
	return [line(header), line(header.map(() => '---')), ...rows.map(line)].join('\n');
}
