import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Table, tables } from '../../../../tasks/contracts';
import { tableauSource } from '../../../../tasks/pipeline/catalog/tableau-source';

const folder = join('sql', 'dashboards', 'tableau');
const gold = tables.filter(({ layer }) => layer === 'gold');

interface Element {
	readonly name: string;
	readonly attributes: Readonly<Record<string, string>>;
	readonly text: string;
}

/** The elements of XML documents in their order, as expat reads them; it refuses a document that is not well-formed. */
function parseXml(documents: readonly string[]): Element[][] {
	const program = `import json, sys, xml.etree.ElementTree as tree
print(json.dumps([[{"name": e.tag, "attributes": e.attrib, "text": "".join(e.itertext()).strip()} for e in tree.fromstring(text.encode()).iter()] for text in json.load(sys.stdin)]))`;
	const input = JSON.stringify(documents);
	return JSON.parse(execFileSync('python3', ['-c', program], { input, encoding: 'utf8', stdio: 'pipe' }));
}

const attributesOf = (elements: readonly Element[], name: string) =>
	elements.filter((element) => element.name === name).map(({ attributes }) => attributes);

it('is fresh: sql/dashboards/tableau is what `npm run sql:dashboards` writes', () => {
	const files = readdirSync(folder).map((file) => [file, readFileSync(join(folder, file), 'utf8')]);
	const generated = gold.map((table) => [`${table.name}.tds`, tableauSource(table)]);
	expect(Object.fromEntries(files)).toEqual(Object.fromEntries(generated));
});

it('is well-formed XML with exactly the columns of the contract, each with its type in Tableau', () => {
	const types = {
		string: 'string',
		boolean: 'boolean',
		date: 'date',
		timestamp: 'datetime',
		int: 'integer',
		bigint: 'integer',
		double: 'real',
		'decimal(12,2)': 'real',
		'decimal(15,6)': 'real',
		'decimal(18,1)': 'real',
		'decimal(18,2)': 'real',
		'decimal(18,4)': 'real',
	} as const;
	const sources = parseXml(gold.map((table) => readFileSync(join(folder, `${table.name}.tds`), 'utf8')));
	for (const [index, { name, columns, partition }] of gold.entries()) {
		const elements = sources[index] as Element[];
		const expected = [
			...(partition ? [[`[${partition.column}]`, 'date', partition.description]] : []),
			...columns.map((column) => [`[${column.name}]`, types[column.type], column.description]),
		];
		const found = elements
			.filter((element) => element.name === 'column')
			.map(({ attributes, text }) => [attributes.name, attributes.datatype, text]);
		expect(found).toEqual(expected);
		expect(attributesOf(elements, 'relation')).toEqual([
			{ connection: 'athena.shoplake', name, table: `[ecommerce_analytics_db].[${name}]`, type: 'table' },
		]);
		expect(attributesOf(elements, 'named-connection')).toMatchObject([{ name: 'athena.shoplake' }]);
	}
});

it('sums what may be summed, and averages rates, means and counts of distinct customers', () => {
	const kpis = gold.find(({ name }) => name === 'gold_order_kpis') as Table;
	const [elements = []] = parseXml([tableauSource(kpis)]);
	expect(attributesOf(elements, 'column').map(({ name, aggregation }) => [name, aggregation])).toEqual([
		['[order_date]', undefined],
		['[total_orders]', 'Sum'],
		['[total_revenue]', 'Sum'],
		['[total_items_sold]', 'Sum'],
		['[return_rate]', 'Avg'],
		['[unique_customers]', 'Avg'],
	]);
});

it('escapes what XML does not take as it is', () => {
	const odd: Table = {
		name: 'gold_odd',
		layer: 'gold',
		description: 'One -- two < three & "four".',
		columns: [{ name: 'share', type: 'double', nullable: false, description: `A <b> & 'c' "d".` }],
		partition: null,
	};
	const [elements = []] = parseXml([tableauSource(odd)]);
	expect(elements.find(({ name }) => name === 'run')?.text).toBe(`A <b> & 'c' "d".`);
});
