/**
 * Measures the latency of a live order from `put` to queryable: OrderTable → its stream → relay → Kinesis → Firehose with
 * its Lambda → an object in the lake. Runs on its own AWS, with the stack deployed as `local up` deploys it.
 *
 *   npx tsx bench/live-latency.ts [--seconds 60] [--rate 10] [--repeat 3]
 *
 * Prints Markdown. An order has arrived when a listing of the delivered prefix shows its object and the object can be
 * read, as Athena and `query` do. The benchmark polls every 20 ms.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { streams } from '../tasks/contracts/streams';
import { localSettings } from '../tasks/local/settings';
import { deployStack } from '../test/support/deployed-stack';
import { startMiniStack, useEndpoint } from '../test/support/ministack';
import { machine, markdownTable } from './support/figures';

const { values: flags } = parseArgs({
	options: {
		seconds: { type: 'string', default: '60' },
		rate: { type: 'string', default: '10' },
		repeat: { type: 'string', default: '3' },
	},
});
const [seconds, rate, repeat] = [Number(flags.seconds), Number(flags.rate), Number(flags.repeat)];
const lookEveryMs = 20;

/** Puts orders at the rate and returns the milliseconds until each arrived. */
async function round(bucket: string, number: number): Promise<number[]> {
	const [dynamodb, s3] = [new DynamoDBClient(), new S3Client({ forcePathStyle: true })];
	const putAt = new Map<string, number>();
	const took: number[] = [];
	const orders = Math.round(seconds * rate);
	const putting = (async () => {
		const startedAt = performance.now();
		for (let order = 0; order < orders; order++) {
			await sleep(Math.max(0, startedAt + (order * 1000) / rate - performance.now()));
			const orderid = String(order % 10_000).padStart(4, '0');
			const Item = {
				orderid: { S: orderid },
				product_name: { S: 'Laptop' },
				quantity: { N: String(number + 1) },
				price: { N: '429.99' },
			};
			putAt.set(`${orderid} ${number + 1}`, performance.now());
			await dynamodb.send(new PutItemCommand({ TableName: 'OrderTable', Item }));
		}
	})();
	const seen = new Set<string>();
	// The hour may change during the run.
	while (took.length < orders) {
		const hour = new Date().toISOString().slice(0, 13).replace(/[-T]/g, '/');
		let token: string | undefined;
		do {
			const { Contents = [], NextContinuationToken } = await s3.send(
				new ListObjectsV2Command({
					Bucket: bucket,
					Prefix: `${streams.live_orders.prefix}${hour}/`,
					ContinuationToken: token,
				}),
			);
			for (const { Key = '' } of Contents) {
				if (seen.has(Key)) continue;
				seen.add(Key);
				const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key }));
				for (const line of ((await Body?.transformToString()) ?? '').split('\n').filter(Boolean)) {
					const { orderid, quantity } = JSON.parse(line);
					const at = putAt.get(`${orderid} ${quantity}`);
					if (at !== undefined) took.push(performance.now() - at);
				}
			}
			token = NextContinuationToken;
		} while (token);
		await sleep(lookEveryMs);
	}
	await putting;
	return took.sort((a, b) => a - b);
}

const quantile = (sorted: readonly number[], share: number): number =>
	sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;

const folder = await mkdtemp(join(tmpdir(), 'bench-latency-'));
const aws = await startMiniStack();
let relay: ChildProcess | undefined;
try {
	useEndpoint(aws.endpoint);
	const outputs = await deployStack(aws.endpoint);
	const args = ['orders', 'relay', '--position', join(folder, 'position.json')];
	relay = spawn(process.execPath, [join(import.meta.dirname, '..', 'dist', 'cli.js'), ...args], {
		stdio: ['ignore', 'ignore', 'inherit'],
		env: { ...process.env, ...localSettings(aws.endpoint, outputs) },
	});
	const loadBefore = loadavg()[0];
	const rows: Record<string, number>[] = [];
	for (let number = 0; number < repeat; number++) {
		const took = await round(outputs.ShoplakeBucket ?? '', number);
		const ms = (share: number) => Math.round(quantile(took, share));
		rows.push({
			round: number + 1,
			orders: took.length,
			'p50 ms': ms(0.5),
			'p90 ms': ms(0.9),
			'p99 ms': ms(0.99),
			'most ms': ms(1),
		});
	}
	console.log(
		`${machine()}; load average ${loadBefore?.toFixed(1)} before, ${loadavg()[0]?.toFixed(1)} at the end; ${rate} orders a second for ${seconds} s.\n`,
	);
	console.log(markdownTable(rows));
} finally {
	relay?.kill('SIGTERM');
	await aws.stop();
	await rm(folder, { recursive: true });
}
