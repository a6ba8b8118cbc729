import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { type AwsLake, createAwsLake } from '../support/aws-lake';
import { runCli, runResult, startAws } from '../support/cli';
import type { Server } from '../support/server';

let aws: Server;
let lake: AwsLake;
let folder: string;

beforeAll(async () => {
	aws = await startAws();
	lake = await createAwsLake('main');
	folder = await mkdtemp(join(tmpdir(), 'shoplake-report-'));
	await runResult(lake.env, 'run', '--date', '2026-11-20', '--records', '60');
}, 600_000);
afterAll(async () => {
	await aws.stop();
	await rm(folder, { recursive: true, force: true });
});

test('report writes a page into the bucket of the lake, as HTML, and says where', async () => {
	const { stdout, code, result } = await runCli(lake.env, 'report', '--to', '2026-11-20');
	const location = `s3://${lake.bucket}/reports/shop-report-${result.from}-to-2026-11-20.html`;
	expect({ code, result }).toMatchObject({
		code: 0,
		result: { task: 'report', status: 'done', to: '2026-11-20', location },
	});
	expect(stdout.split('\n')[0]).toBe(`Report of ${result.from} to 2026-11-20: ${location}`);
	const s3 = new S3Client({ forcePathStyle: true });
	const Key = location.replace(`s3://${lake.bucket}/`, '');
	const { Body, ContentType } = await s3.send(new GetObjectCommand({ Bucket: lake.bucket, Key }));
	const page = (await Body?.transformToString()) ?? '';
	expect(ContentType).toBe('text/html; charset=utf-8');
	expect(Buffer.byteLength(page)).toBe(result.bytes);
	expect(page).toContain('<h1>Shop report</h1>');
});

test('report writes a page into a folder', async () => {
	const { location } = await runResult(
		lake.env,
		'report',
		'--from',
		'2026-11-20',
		'--to',
		'2026-11-20',
		'--out',
		folder,
	);
	expect(location).toBe(join(folder, 'shop-report-2026-11-20-to-2026-11-20.html'));
	expect(await readFile(String(location), 'utf8')).toContain('Nov 20, 2026');
});

test.each([
	[['--from', '2026-11-21', '--to', '2026-11-20'], '--from 2026-11-21 is after --to 2026-11-20.'],
	[['--to', '20 November'], "--to '20 November' is not a valid date"],
	[['--currency', 'dollars'], "--currency 'dollars'"],
	[['--locale', 'x'], "--locale 'x'"],
	[['--out', '/dev/null/here'], '--out /dev/null/here: nothing can be written there'],
])('report refuses %j with exit code 64', async (flags, message) => {
	const { code, result } = await runCli(lake.env, 'report', ...flags);
	expect({ code, error: result.error }).toEqual({ code: 64, error: expect.stringContaining(message) });
});
