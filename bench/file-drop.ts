/**
 * Measures memory and time of `shoplake filedrop validate` for one large file: of orders, or of items whose orders are in
 * the other files of the drop.
 *
 *   npx tsx bench/file-drop.ts [--megabytes 1000] [--dataset orders] [--memory 512MiB]
 *
 * Prints Markdown. Peak memory is the kernel's figure for the whole process.
 */

import { once } from 'node:events';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { parseArgs } from 'node:util';
import { PutBucketVersioningCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { machine, markdownTable } from './support/figures';
import { startAws } from './support/lake';

const { values: flags } = parseArgs({
	options: {
		megabytes: { type: 'string', default: '1000' },
		dataset: { type: 'string', default: 'orders' },
		memory: { type: 'string', default: '512MiB' },
	},
});
const orders = 100_000;
const date = '2026-11-20';
const lines = {
	orders: (n: number) => `O-20261120-${n},U-${n % 50_000},${date},${n % 500}.50,completed\n`,
	order_items: (n: number) => `O-20261120-${n % orders},${Math.floor(n / orders)},P-1,1,10.00\n`,
};
const headers = {
	orders: 'order_id,user_id,order_date,total_amount,status\n',
	order_items: 'order_id,line_number,product_id,quantity,unit_price\n',
};
type Dataset = keyof typeof lines;

/** Writes lines to a file until it reaches a size in bytes, or a number of lines. */
async function write(path: string, dataset: Dataset, limit: { bytes: number } | { lines: number }): Promise<number> {
	const file = createWriteStream(path);
	let text = headers[dataset];
	let bytes = 0;
	let n = 0;
	const isFull = () => ('bytes' in limit ? bytes + text.length >= limit.bytes : n >= limit.lines);
	while (!isFull()) {
		text += lines[dataset](n++);
		if (text.length < 1024 ** 2) continue;
		bytes += text.length;
		if (!file.write(text)) await once(file, 'drain');
		text = '';
	}
	file.end(text);
	await finished(file);
	return n;
}

const folder = await mkdtemp(join(tmpdir(), 'bench-file-drop-'));
const aws = await startAws({
	SHOPLAKE_MEMORY: flags.memory,
	MIN_ORDER_FILES: '1',
	MIN_ITEM_FILES: '0',
	MIN_PRODUCT_FILES: '0',
});
try {
	const lake = await aws.lake('file-drop');
	const VersioningConfiguration = { Status: 'Enabled' as const };
	await aws.s3.send(new PutBucketVersioningCommand({ Bucket: lake.bucket, VersioningConfiguration }));
	const drop = async (name: string, path: string) => {
		const { size } = await stat(path);
		const Body = createReadStream(path);
		await aws.s3.send(
			new PutObjectCommand({ Bucket: lake.bucket, Key: `incoming/${name}`, Body, ContentLength: size }),
		);
	};
	const path = join(folder, 'large.csv');
	const bytes = Number(flags.megabytes) * 1e6;
	const records = await write(path, flags.dataset as Dataset, { bytes });
	await drop(`${flags.dataset}_1.csv`, path);
	if (flags.dataset === 'order_items') {
		await write(path, 'orders', { lines: orders });
		await drop('orders_1.csv', path);
		await aws.s3.send(
			new PutObjectCommand({
				Bucket: lake.bucket,
				Key: 'incoming/products.csv',
				Body: 'product_id,category,name,price\nP-1,Toys,Ball,10.00\n',
			}),
		);
	}
	const gate = await lake.task('filedrop', 'gate', '--json');
	const { seconds, cpuSeconds, peakMib, result } = await lake.task(
		...['filedrop', 'validate', '--batch', String(gate.result.batch), '--json'],
	);
	console.log(`${machine()}\n`);
	console.log(
		markdownTable([
			{
				dataset: flags.dataset,
				megabytes: flags.megabytes,
				records,
				memory: flags.memory,
				seconds,
				'CPU seconds': cpuSeconds,
				'peak MiB': peakMib,
				status: String(result.status),
			},
		]),
	);
} finally {
	await aws.stop();
	await rm(folder, { recursive: true, force: true });
}
