import type { SqlType, Table } from '../../contracts';

/** The Glue database that users type; fixed, as in the stack. */
const database = 'ecommerce_analytics_db';
const connection = 'athena.shoplake';

/** Measures that may be summed over rows, dates included. The mean of all others is at least not absurd. */
const summable: ReadonlySet<string> = new Set([
	...['orders', 'units', 'amount', 'revenue', 'daily_revenue', 'views', 'carts', 'purchases'],
	...['total_orders', 'total_revenue', 'total_items_sold'],
	...['current_stock', 'units_7d', 'units_30d', 'daily_demand', 'forecasted_demand'],
]);

interface TableauType {
	readonly datatype: 'string' | 'integer' | 'real' | 'boolean' | 'date' | 'datetime';
	readonly role: 'dimension' | 'measure';
	readonly type: 'nominal' | 'ordinal' | 'quantitative';
}

const dimension = (datatype: TableauType['datatype'], type: TableauType['type']): TableauType => ({
	datatype,
	role: 'dimension',
	type,
});
const measure = (datatype: 'integer' | 'real'): TableauType => ({ datatype, role: 'measure', type: 'quantitative' });

/** The type of a column in Tableau, which has no exact decimals: a decimal is a double there. */
export function tableauType(type: SqlType): TableauType {
	if (type.startsWith('decimal')) return measure('real');
	return simpleTypes[type as keyof typeof simpleTypes];
}

const simpleTypes = {
	string: dimension('string', 'nominal'),
	boolean: dimension('boolean', 'nominal'),
	date: dimension('date', 'ordinal'),
	timestamp: dimension('datetime', 'ordinal'),
	int: measure('integer'),
	bigint: measure('integer'),
	double: measure('real'),
} as const satisfies Record<Exclude<SqlType, `decimal${string}`>, TableauType>;

/**
 * A table over Athena as Tableau's data source file, under `sql/dashboards/tableau/`. `{region}` stands for the region. It
 * holds no credentials: Tableau asks for them, and for the folder of results, when it opens the file.
 */
export function tableauSource({ name, description, columns, partition }: Table): string {
	const all = [
		...(partition ? [{ name: partition.column, type: 'date' as const, description: partition.description }] : []),
		...columns,
	];
	const server = 'athena.{region}.amazonaws.com';
	return [
		"<?xml version='1.0' encoding='utf-8' ?>",
		'<!-- Generated from tasks/contracts by `npm run sql:dashboards`; do not edit.',
		`     ${comment(description)}`,
		'     Slots: {region} (the region of the stack). -->',
		`<datasource formatted-name=${quoted(`shoplake ${name}`)} inline='true' version='18.1'>`,
		"  <connection class='federated'>",
		'    <named-connections>',
		`      <named-connection caption=${quoted(server)} name=${quoted(connection)}>`,
		`        <connection class='athena' dbname='AwsDataCatalog' port='443' schema=${quoted(database)} server=${quoted(server)} username='' />`,
		'      </named-connection>',
		'    </named-connections>',
		`    <relation connection=${quoted(connection)} name=${quoted(name)} table=${quoted(`[${database}].[${name}]`)} type='table' />`,
		'  </connection>',
		...all.flatMap(columnLines),
		'</datasource>\n',
	].join('\n');
}

function columnLines({ name, type, description }: { name: string; type: SqlType; description: string }): string[] {
	const { datatype, role, type: kind } = tableauType(type);
	const aggregation = role === 'measure' ? ` aggregation='${summable.has(name) ? 'Sum' : 'Avg'}'` : '';
	return [
		`  <column${aggregation} caption=${quoted(caption(name))} datatype='${datatype}' name=${quoted(`[${name}]`)} role='${role}' type='${kind}'>`,
		'    <desc>',
		`      <formatted-text><run>${escaped(description)}</run></formatted-text>`,
		'    </desc>',
		'  </column>',
	];
}

/** `days_of_cover` is shown as 'Days of cover'. */
const caption = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1).replaceAll('_', ' ');
const entities: Readonly<Record<string, string>> = {
	'&': '&amp;',
	'<': '&lt;',
	'>': '&gt;',
	"'": '&apos;',
	'"': '&quot;',
};
const escaped = (text: string): string => text.replace(/[&<>'"]/g, (sign) => entities[sign] ?? sign);
const quoted = (text: string): string => `'${escaped(text)}'`;
/** XML allows no `--` in a comment. */
const comment = (text: string): string => text.replaceAll('--', '- -');
