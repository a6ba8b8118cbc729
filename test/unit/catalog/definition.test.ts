import { definitions, fingerprintOf } from '../../../tasks/catalog/definition';

const named = (name: string) => definitions.find((definition) => definition.name === name);

it('has every Silver and Gold table, Bronze for each dataset, and what is live', () => {
	expect(definitions.map(({ name }) => name)).toEqual([
		'silver_orders',
		'silver_order_items',
		'silver_products',
		'silver_events',
		'silver_gadget_sales',
		'gold_daily_sales',
		'gold_category_kpis',
		'gold_order_kpis',
		'gold_customer_daily',
		'gold_customer_value',
		'gold_inventory_health',
		'gold_event_funnel',
		'gold_user_product_interactions',
		'gold_sales_anomalies',
		'gold_live_anomalies',
		'bronze_orders',
		'bronze_order_items',
		'bronze_products',
		'bronze_events',
		'bronze_gadget_sales',
		'live_orders',
		'gadget_sales',
	]);
});

it('types Silver by its contract, partitioned by a date', () => {
	expect(named('silver_orders')).toMatchObject({
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

it('leaves Bronze as text, with where a record came from, partitioned by batch', () => {
	const { format, columns, partitionKeys } = named('bronze_orders') ?? {};
	expect(format).toBe('json');
	expect(columns?.map(({ name, type }) => `${name} ${type}`)).toEqual([
		'_file int',
		'_line bigint',
		'order_id string',
		'user_id string',
		'order_date string',
		'total_amount string',
		'status string',
	]);
	expect(partitionKeys).toMatchObject([{ name: 'batch', type: 'string' }]);
});

it('leaves live orders as text, whose days are projected, with the typed view over them', () => {
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

it('has a fingerprint that moves with any part of the definition', () => {
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
	expect(new Set([one, ...others].map(fingerprintOf)).size).toBe(8);
	expect(fingerprintOf(structuredClone(one))).toBe(fingerprintOf(one));
});
