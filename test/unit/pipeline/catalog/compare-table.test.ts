import { compareTable } from '../../../../tasks/pipeline/catalog/compare-table';
import { definitionFingerprint, type TableDefinition } from '../../../../tasks/pipeline/catalog/definition';
import type { DesiredTable } from '../../../../tasks/pipeline/catalog/desired-tables';
import type { CatalogTable } from '../../../../tasks/pipeline/catalog/glue-catalog';

const bucket = 'lake';
const definition: TableDefinition = {
	name: 'gold_daily_sales',
	description: 'What sold.',
	format: 'parquet',
	columns: [
		{ name: 'category', type: 'string', comment: 'The category.' },
		{ name: 'amount', type: 'decimal(18,2)', comment: 'Money.' },
	],
	partitionKeys: [{ name: 'order_date', type: 'date', comment: 'The date.' }],
};
const at = (date: string, version: string) => `s3://lake/gold/daily_sales/order_date=${date}/v=${version}/`;
const desired: DesiredTable = {
	definition,
	source: 'manifest-2',
	location: 's3://lake/current/gold_daily_sales/',
	partitions: new Map([
		['2026-11-20', at('2026-11-20', 'b')],
		['2026-11-21', at('2026-11-21', 'b')],
	]),
	files: new Map(),
};
const registered = (partitions: ReadonlyMap<string, string>) =>
	new Map(
		[...partitions].map(([value, location]) => [value, { location, fingerprint: definitionFingerprint(definition) }]),
	);
const catalog = (changes: Partial<CatalogTable> = {}): CatalogTable => ({
	definition,
	fingerprint: definitionFingerprint(definition),
	head: 2,
	source: 'manifest-2',
	location: desired.location,
	partitions: registered(desired.partitions),
	versionId: '1',
	parameters: {},
	...changes,
});
const nothing = {
	needsDefinition: false,
	columnsDiffer: false,
	partitionsToCreate: [],
	partitionsToMove: [],
	partitionsToDelete: [],
	drift: [],
};

it('has nothing to do where the catalogue is as desired', () => {
	expect(compareTable(desired, catalog(), desired.partitions, bucket)).toMatchObject(nothing);
});

it('creates a missing table, without reporting drift', () => {
	expect(compareTable(desired, undefined, new Map(), bucket)).toMatchObject({
		needsDefinition: true,
		partitionsToCreate: ['2026-11-20', '2026-11-21'],
		drift: [],
	});
});

it('follows the lake: new, moved and vanished partitions are not drift', () => {
	const before = new Map([
		['2026-11-19', at('2026-11-19', 'a')],
		['2026-11-20', at('2026-11-20', 'a')],
	]);
	const actual = catalog({ source: 'manifest-1', head: 1, partitions: registered(before) });
	expect(compareTable(desired, actual, before, bucket)).toMatchObject({
		needsDefinition: true,
		partitionsToCreate: ['2026-11-21'],
		partitionsToMove: ['2026-11-20'],
		partitionsToDelete: ['2026-11-19'],
		drift: [],
	});
});

it('reports drift where somebody dropped, added or redirected a partition', () => {
	const partitions = registered(
		new Map([
			['2026-11-20', 's3://elsewhere/x/'],
			['1999-01-01', 's3://elsewhere/y/'],
		]),
	);
	const plan = compareTable(desired, catalog({ partitions }), desired.partitions, bucket);
	expect(plan).toMatchObject({
		needsDefinition: false,
		partitionsToCreate: ['2026-11-21'],
		partitionsToMove: ['2026-11-20'],
		partitionsToDelete: ['1999-01-01'],
	});
	expect(plan.drift).toEqual([
		{ table: 'gold_daily_sales', kind: 'partition', name: '2026-11-21', found: null, expected: at('2026-11-21', 'b') },
		{ table: 'gold_daily_sales', kind: 'partition', name: '1999-01-01', found: 's3://elsewhere/y/', expected: null },
		{
			table: 'gold_daily_sales',
			kind: 'location',
			name: '2026-11-20',
			found: 's3://elsewhere/x/',
			expected: at('2026-11-20', 'b'),
		},
	]);
});

it('reports drift where somebody changed columns, and restores them', () => {
	const columns = [
		{ name: 'category', type: 'int', comment: 'The category.' },
		{ name: 'margin', type: 'double', comment: '' },
	];
	const plan = compareTable(desired, catalog({ definition: { ...definition, columns } }), desired.partitions, bucket);
	expect(plan).toMatchObject({
		needsDefinition: true,
		columnsDiffer: true,
		partitionsToCreate: [],
		partitionsToMove: [],
	});
	expect(plan.drift).toEqual([
		{ table: 'gold_daily_sales', kind: 'column', name: 'category', found: 'int', expected: 'string' },
		{ table: 'gold_daily_sales', kind: 'column', name: 'amount', found: null, expected: 'decimal(18,2)' },
		{ table: 'gold_daily_sales', kind: 'column', name: 'margin', found: 'double', expected: null },
	]);
});

it('updates columns everywhere after a change of the contract, without reporting drift', () => {
	const older = { ...definition, columns: definition.columns.slice(0, 1) };
	const partitions = new Map(
		[...desired.partitions].map(([value, location]) => [
			value,
			{ location, fingerprint: definitionFingerprint(older) },
		]),
	);
	const actual = catalog({ definition: older, fingerprint: definitionFingerprint(older), partitions });
	expect(compareTable(desired, actual, desired.partitions, bucket)).toMatchObject({
		needsDefinition: true,
		columnsDiffer: true,
		partitionsToMove: ['2026-11-20', '2026-11-21'],
		drift: [],
	});
});

it('follows a table without partitions to its new version, and reports a location outside the lake as drift', () => {
	const whole: DesiredTable = {
		...desired,
		definition: { ...definition, name: 'gold_customer_value', partitionKeys: [] },
		location: 's3://lake/gold/customer_value/v=b/',
		partitions: new Map(),
	};
	const actual = (location: string) =>
		catalog({
			definition: whole.definition,
			fingerprint: definitionFingerprint(whole.definition),
			partitions: new Map(),
			location,
		});
	const moved = compareTable(whole, actual('s3://lake/gold/customer_value/v=a/'), new Map(), bucket);
	expect(moved).toMatchObject({ needsDefinition: true, drift: [] });
	const foreign = compareTable(whole, actual('s3://elsewhere/'), new Map(), bucket);
	expect(foreign.drift).toEqual([
		{
			table: 'gold_customer_value',
			kind: 'location',
			name: 'gold_customer_value',
			found: 's3://elsewhere/',
			expected: 's3://lake/gold/customer_value/v=b/',
		},
	]);
});
