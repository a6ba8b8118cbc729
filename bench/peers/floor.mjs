/**
 * The floor: the minimum cost of turning a day's records into typed Parquet with DuckDB and the AWS SDK. Fetches the
 * objects, parses and casts them, writes zstd Parquet and uploads it. Nothing else: no validation, no deduplication, no
 * winners, no orphans, no Gold, no publication.
 *
 *   node floor.mjs --source s3://bucket/day/ [--to floor/]
 *   node floor.mjs --batch 2026-11-20 [--to floor/]
 *
 * `--source` starts at source files in NDJSON (values that don't fit their type become null), `--batch` at the Bronze
 * objects of a batch. SHOPLAKE_BUCKET sets the bucket, SHOPLAKE_THREADS and SHOPLAKE_MEMORY (`2GiB`) the threads and memory.
 * The last line on stdout is one JSON object.
 */
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { parseArgs } from 'node:util';
import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { DuckDBInstance } from '@duckdb/node-api';

const columns = {
	orders: {
		order_id: 'varchar',
		user_id: 'varchar',
		order_date: 'timestamp',
		total_amount: 'decimal(12,2)',
		status: 'varchar',
	},
	order_items: {
		order_id: 'varchar',
		line_number: 'int',
		product_id: 'varchar',
		quantity: 'int',
		unit_price: 'decimal(12,2)',
	},
	products: {
		product_id: 'varchar',
		category: 'varchar',
		name: 'varchar',
		price: 'decimal(12,2)',
		rating: 'double',
		current_stock: 'int',
		forecasted_demand: 'int',
	},
};

const started = performance.now();
const { values } = parseArgs({
	options: { source: { type: 'string' }, batch: { type: 'string' }, to: { type: 'string', default: 'floor/' } },
});
const bucket = process.env.SHOPLAKE_BUCKET;
if (!bucket || (values.batch === undefined) === (values.source === undefined)) {
	throw new Error('give either --source or --batch, and the bucket as SHOPLAKE_BUCKET');
}
const s3 = new S3Client({ forcePathStyle: process.env.AWS_ENDPOINT_URL !== undefined });
const scratch = await mkdtemp(join(process.env.SHOPLAKE_SCRATCH ?? tmpdir(), 'floor-'));
const bytes = { in: 0, out: 0 };
const rows = {};
try {
	const instance = await DuckDBInstance.create(':memory:', {
		threads: process.env.SHOPLAKE_THREADS ?? '2',
		memory_limit: process.env.SHOPLAKE_MEMORY ?? '2GiB',
		temp_directory: join(scratch, 'spill'),
		preserve_insertion_order: 'false',
	});
	const connection = await instance.connect();
	await connection.run(`set timezone = 'UTC'`);
	for (const [dataset, types] of Object.entries(columns)) {
		const files = await fetchAll(locate(dataset));
		if (files.length === 0) continue;
		const target = join(scratch, `${dataset}.parquet`);
		const columns = Object.entries(types).map(([name, type]) => `try_cast(${name} as ${type}) as ${name}`);
		await connection.run(`
			copy (select ${columns.join(', ')} from ${scan(files, types)})
			to '${target}' (format parquet, compression zstd)`);
		const reader = await connection.runAndReadAll(`select count(*) from '${target}'`);
		rows[dataset] = Number(reader.getRows()[0][0]);
		const { size } = await stat(target);
		const Key = `${values.to}${dataset}.parquet`;
		await s3.send(new PutObjectCommand({ Bucket: bucket, Key, Body: createReadStream(target), ContentLength: size }));
		bytes.out += size;
	}
} finally {
	await rm(scratch, { recursive: true });
}
if (Object.keys(rows).length === 0) throw new Error(`found no objects of ${values.source ?? values.batch}`);
const seconds = Math.round(performance.now() - started) / 1000;
const memory = Math.round(process.resourceUsage().maxRSS / 1024);
console.log(
	JSON.stringify({ peer: 'floor', seconds, memory_mib: memory, rows, bytes_in: bytes.in, bytes_out: bytes.out }),
);
process.exit();

/** Where the objects of a dataset are. */
function locate(dataset) {
	if (values.batch) return { Bucket: bucket, Prefix: `bronze/${dataset}/batch=${values.batch}/` };
	const [, Bucket, folder] = /^s3:\/\/([^/]+)\/(.*)$/.exec(values.source) ?? [];
	if (!Bucket) throw new Error(`--source ${values.source} is not s3://bucket/prefix/`);
	return { Bucket, Prefix: `${folder}${dataset}-` };
}

/** The table function that reads fetched files, by their extension. */
function scan(files, types) {
	const list = `[${files.map((file) => `'${file}'`).join(', ')}]`;
	if (files[0].endsWith('.parquet')) return `read_parquet(${list})`;
	const read = Object.keys(types).map((name) => `${name}: 'varchar'`);
	const skipsBroken = values.source !== undefined;
	return `read_json(${list}, format = 'newline_delimited', columns = {${read.join(', ')}}, ignore_errors = ${skipsBroken})`;
}

async function fetchAll({ Bucket, Prefix }) {
	const files = [];
	let ContinuationToken;
	do {
		const page = await s3.send(new ListObjectsV2Command({ Bucket, Prefix, ContinuationToken }));
		for (const { Key } of page.Contents ?? []) files.push({ Key, path: join(scratch, Key.replaceAll('/', '_')) });
		ContinuationToken = page.NextContinuationToken;
	} while (ContinuationToken);
	await Promise.all(
		files.map(async ({ Key, path }) => {
			const { Body, ContentLength } = await s3.send(new GetObjectCommand({ Bucket, Key }));
			await pipeline(Body, createWriteStream(path));
			bytes.in += ContentLength;
		}),
	);
	return files.map(({ path }) => path);
}
