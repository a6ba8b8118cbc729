import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { datasetNames, tables } from '../../../../tasks/contracts';
import { athenaDdl } from '../../../../tasks/pipeline/catalog/athena-ddl';
import { definitions } from '../../../../tasks/pipeline/catalog/definition';

const folder = join('sql', 'warehouse', 'athena');

it('is fresh: sql/warehouse/athena is what `npm run sql:warehouse` writes', () => {
	const files = readdirSync(folder).map((file) => [file, readFileSync(join(folder, file), 'utf8')]);
	const generated = definitions.map((definition) => [`${definition.name}.sql`, athenaDdl(definition)]);
	expect(Object.fromEntries(files)).toEqual(Object.fromEntries(generated));
});

it('has every table and view of the catalogue', () => {
	const names = [
		...tables.map(({ name }) => name),
		...datasetNames.map((name) => `bronze_${name}`),
		...['live_orders', 'gadget_sales'],
	];
	expect(readdirSync(folder)).toEqual(names.map((name) => `${name}.sql`).sort());
});

it('says in the first line of every file that it is generated', () => {
	for (const file of readdirSync(folder)) {
		expect(readFileSync(join(folder, file), 'utf8')).toMatch(/^-- Generated from tasks\/contracts by /);
	}
});

it('writes columns, partitions and descriptions, with quotes escaped as Hive does', () => {
	const ddl = athenaDdl({
		name: 'gold_prizes',
		description: "The shop's prizes.",
		format: 'parquet',
		columns: [
			{ name: '_file', type: 'int', comment: 'A \\ sign.' },
			{ name: 'prize', type: 'decimal(18,2)', comment: "The buyer's prize." },
		],
		partitionKeys: [{ name: 'order_date', type: 'date', comment: 'The date.' }],
	});
	expect(ddl.replace(/^--.*\n/gm, '')).toBe(
		String.raw`create external table if not exists gold_prizes (
  ${'`_file`'} int comment 'A \\ sign.',
  ${'`prize`'} decimal(18,2) comment 'The buyer\'s prize.'
)
comment 'The shop\'s prizes.'
partitioned by (
  ${'`order_date`'} date comment 'The date.'
)
row format serde 'org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe'
stored as inputformat 'org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat'
outputformat 'org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat'
location 's3://{bucket}/current/gold_prizes/'
tblproperties (
  'classification' = 'parquet'
)
`,
	);
});
