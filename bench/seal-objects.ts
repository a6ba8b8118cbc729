/**
 * Measures `shoplake stream seal` of many delivered objects of one record each, as an emulator without buffers delivers
 * them, and of one more object after that. The figures include MiniStack's own time.
 *
 *   npm run build && npx tsx bench/seal-objects.ts [--objects 50000]
 *
 * Prints Markdown.
 */
import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { mapConcurrently } from '../tasks/platform/concurrency';
import { machine, markdownTable } from './support/figures';
import { startAws } from './support/lake';

const { values: flags } = parseArgs({ options: { objects: { type: 'string', default: '50000' } } });
const objects = Number(flags.objects);
const hour = '2026/11/20/10';
const record = (n: number) =>
	`${JSON.stringify({ orderid: String(1000 + (n % 9000)), product_name: ['Laptop', 'Phone', 'Tablet'][n % 3], quantity: 1 + (n % 10), price: 429.99, event_type: 'INSERT', event_time: 1795170000 + (n % 3600), event_id: `e${n}` })}\n`;

const aws = await startAws();
try {
	const lake = await aws.lake('bench-seal');
	const put = (n: number) =>
		aws.s3.send(
			new PutObjectCommand({
				Bucket: lake.bucket,
				Key: `bronze/live_orders/${hour}/shoplake-live-orders-1-2026-11-20-10-00-00-${String(n).padStart(8, '0')}`,
				Body: record(n),
			}),
		);
	await mapConcurrently(
		Array.from({ length: objects }, (_, n) => n),
		32,
		put,
	);
	const rows: Record<string, string | number>[] = [];
	const task = async (what: string, ...args: readonly string[]) => {
		const { seconds, cpuSeconds, peakMib, result } = await lake.task(...args);
		rows.push({
			what,
			seconds: seconds.toFixed(1),
			'CPU s': cpuSeconds.toFixed(1),
			'peak MiB': peakMib.toFixed(0),
			requests: Number(result.requests),
		});
		return result;
	};
	const sealed = await task(`seal ${objects} objects`, 'stream', 'seal');
	const cleaned = await task('clean what was sealed', 'clean', '--sealed');
	await put(objects);
	const second = await task('seal one more object', 'stream', 'seal');
	if (sealed?.received !== objects || cleaned?.kept !== objects || second?.objects !== 1) {
		throw new Error(`not all came through: ${JSON.stringify([sealed, cleaned, second])}`);
	}
	const [{ bronze_objects: bronzeObjects } = { bronze_objects: 0 }] = (sealed.batches ?? []) as {
		bronze_objects: number;
	}[];
	console.log(
		[
			`${machine()}; load average ${loadavg()[0]?.toFixed(1)} at the end.`,
			'',
			markdownTable(rows),
			'',
			`Bronze objects of the first seal: ${bronzeObjects}.`,
		].join('\n'),
	);
} finally {
	await aws.stop();
}
