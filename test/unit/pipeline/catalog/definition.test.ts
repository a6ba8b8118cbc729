import { datasetNames, goldTables } from '../../../../tasks/contracts';
import {
	definitionFingerprint,
	definitions,
	inDaysOf,
	listDefinitions,
} from '../../../../tasks/pipeline/catalog/definition';
import { noProject } from '../../../../tasks/project';
import { addedColumns } from '../../../support/context';

const named = (name: string) => definitions.find((definition) => definition.name === name);

it('has every Silver and Gold table, Bronze for each dataset, and the live tables', () => {
	expect(definitions.map(({ name }) => name)).toEqual([
		...datasetNames.map((name) => `silver_${name}`),
		...Object.values(goldTables).map(({ name }) => name),
		...datasetNames.map((name) => `bronze_${name}`),
		'live_orders',
		'gadget_sales',
	]);
});

it('types Silver by its contract, partitioned by a date', () => {
	const silver = named('silver_orders');
	const added = addedColumns('silver_orders');
	expect({ ...silver, columns: silver?.columns.filter(({ name }) => !added.includes(name)) }).toMatchObject({
		format: 'parquet',
		columns: [
			{ name: 'order_id', type: 'string' },
			{ name: 'user_id', type: 'string' },
			{ name: 'total_amount', type: 'decimal(12,2)', comment: 'What the customer pays for the whole order.' },
			{ name: 'status', type: 'string' },
		],
		partitionKeys: [{ name: 'order_date', type: 'date' }],
	});
});

it('types Bronze by the contract, a date as the instant it was given with, partitioned by batch', () => {
	const { format, columns, partitionKeys } = named('bronze_orders') ?? {};
	expect(format).toBe('parquet');
	const added = addedColumns('silver_orders');
	expect(columns?.filter(({ name }) => !added.includes(name)).map(({ name, type }) => `${name} ${type}`)).toEqual([
		'_file int',
		'_line bigint',
		'order_id string',
		'user_id string',
		'order_date timestamp',
		'total_amount decimal(12,2)',
		'status string',
		'_extra string',
		'_raw string',
	]);
	expect(partitionKeys).toMatchObject([{ name: 'batch', type: 'string' }]);
});

it('types live orders as text with projected days, and has the typed view over them', () => {
	const orders = named('live_orders');
	expect(orders).toMatchObject({
		format: 'json',
		partitionKeys: [{ name: 'day', type: 'string' }],
		projection: {
			'projection.enabled': 'true',
			'projection.day.type': 'date',
			'projection.day.format': 'yyyy/MM/dd',
			'projection.day.range': '2026/01/01,NOW',
			'projection.day.interval': '1',
			'projection.day.interval.unit': 'DAYS',
			// biome-ignore lint/suspicious/noTemplateCurlyInString: Athena's own notation.
			'storage.location.template': '${day}/',
		},
	});
	expect(new Set(orders?.columns.map(({ type }) => type))).toEqual(new Set(['string']));
	const view = named('gadget_sales');
	expect(view?.columns.map(({ name, type }) => `${name} ${type}`)).toEqual([
		'orderid string',
		'product_name string',
		'quantity int',
		'price decimal(12,2)',
		'event_type string',
		'event_time string',
		'event_id string',
		'date date',
	]);
	expect(view?.sql).toContain('from live_orders');
});

it('keeps comments within what Glue takes: 255 characters a column, 2048 a table', () => {
	for (const { description, columns, partitionKeys } of definitions) {
		expect(description.length).toBeLessThanOrEqual(2048);
		for (const { comment } of [...columns, ...partitionKeys]) expect(comment.length).toBeLessThanOrEqual(255);
	}
});

it('has a fingerprint that changes with any part of the definition', () => {
	const [one] = definitions;
	if (!one) throw new Error('no definitions');
	const others = [
		{ ...one, description: 'other' },
		{ ...one, columns: one.columns.slice(1) },
		{ ...one, partitionKeys: [] },
		{ ...one, format: 'json' },
		{ ...one, projection: { 'projection.enabled': 'true' } },
		{ ...one, projection: { 'projection.enabled': 'false' } },
		{ ...one, sql: 'select 1' },
	];
	expect(new Set([one, ...others].map(definitionFingerprint)).size).toBe(8);
	expect(definitionFingerprint(structuredClone(one))).toBe(definitionFingerprint(one));
});

it('has the tables of a project, and says in which currency amounts are', () => {
	const [orderKpis] = Object.values(goldTables).filter(({ name }) => name === 'gold_order_kpis');
	if (!orderKpis) throw new Error('no table');
	const own = { ...orderKpis, name: 'gold_own' };
	const goldTable = {
		...{ name: 'own', table: own, key: [], sql: '', file: '', contract: '', audit: undefined, serving: undefined },
	};
	const listed = listDefinitions({ ...noProject, goldTables: [goldTable], config: { currency: 'EUR' } });
	const described = (name: string) => listed.find((one) => one.name === name)?.description;
	expect(described('gold_own')).toBe('KPIs of all orders of a date: one row. Amounts are in EUR.');
	expect(described('silver_orders')).toBe(`${named('silver_orders')?.description} Amounts are in EUR.`);
	expect(described('gold_user_product_interactions')).toBe(named('gold_user_product_interactions')?.description);
	expect(listed).toHaveLength(definitions.length + 1);
});

test('tables of the lake say of which time zone their dates are, and live tables stay in UTC', () => {
	const zoned = definitions.map((definition) => inDaysOf(definition, 'Europe/Berlin'));
	const find = (name: string) => zoned.find((definition) => definition.name === name);
	expect(find('silver_orders')?.partitionKeys[0]?.comment).toBe(
		'The date in Europe/Berlin on which the order was placed.',
	);
	expect(find('gold_order_kpis')?.description).toMatch(/ Dates are those of Europe\/Berlin\.$/);
	expect(find('silver_products')).toEqual(named('silver_products'));
	for (const name of ['live_orders', 'gadget_sales']) expect(find(name)).toEqual(named(name));
	const utc = zoned.filter(({ name }) => !['live_orders', 'gadget_sales'].includes(name));
	expect(JSON.stringify(utc)).not.toContain('UTC date');
	expect(definitions.map((definition) => inDaysOf(definition, 'UTC'))).toEqual(definitions);
});
