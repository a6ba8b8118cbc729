/**
 * The floor: the minimum cost of turning a batch of Bronze into typed Parquet with DuckDB and the AWS SDK.
 * Fetches the batch's Bronze objects, parses and casts them, writes zstd Parquet and uploads it. Nothing else: no
 * deduplication, no winners, no orphans, no Gold, no publication.
 *
 *   node floor.mjs --batch 2026-11-20 [--to floor/]
 *
 * SHOPLAKE_BUCKET sets the bucket, SHOPLAKE_THREADS and SHOPLAKE_MEMORY (`2GiB`) the threads and memory.
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
const { values } = parseArgs({ options: { batch: { type: 'string' }, to: { type: 'string', default: 'floor/' } } });
const Bucket = process.env.SHOPLAKE_BUCKET;
if (!values.batch || !Bucket) throw new Error('give --batch, and the bucket as SHOPLAKE_BUCKET');
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
		const files = await fetchAll(`bronze/${dataset}/batch=${values.batch}/`);
		if (files.length === 0) continue;
		const target = join(scratch, `${dataset}.parquet`);
		const read = Object.keys(types).map((name) => `${name}: 'varchar'`);
		const cast = Object.entries(types).map(([name, type]) => `cast(${name} as ${type}) as ${name}`);
		await connection.run(`
			copy (
				select ${cast.join(', ')}
				from read_json([${files.map((file) => `'${file}'`).join(', ')}],
					format = 'newline_delimited', compression = 'zstd', columns = {${read.join(', ')}})
			) to '${target}' (format parquet, compression zstd)`);
		const reader = await connection.runAndReadAll(`select count(*) from '${target}'`);
		rows[dataset] = Number(reader.getRows()[0][0]);
		const { size } = await stat(target);
		const Key = `${values.to}${dataset}.parquet`;
		await s3.send(new PutObjectCommand({ Bucket, Key, Body: createReadStream(target), ContentLength: size }));
		bytes.out += size;
	}
} finally {
	await rm(scratch, { recursive: true });
}
if (Object.keys(rows).length === 0) throw new Error(`found no Bronze of batch ${values.batch} in s3://${Bucket}`);
const seconds = Math.round(performance.now() - started) / 1000;
const memory = Math.round(process.resourceUsage().maxRSS / 1024);
console.log(
	JSON.stringify({ peer: 'floor', seconds, memory_mib: memory, rows, bytes_in: bytes.in, bytes_out: bytes.out }),
);
process.exit();

async function fetchAll(Prefix) {
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
