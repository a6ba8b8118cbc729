import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventLines } from '../../tasks/generate';
import { buildCli, runCli, startCli } from '../support/cli';
import { deliveredLines } from '../support/delivered';
import { createDeliveryStream } from '../support/delivery-stream';
import { startMiniStack, useEndpoint } from '../support/ministack';
import { openGate, type RequestGate } from '../support/request-gate';
import type { Server } from '../support/server';
import { until } from '../support/until';

let aws: Server;
let gate: RequestGate;
let folder: string;

beforeAll(async () => {
	await buildCli();
	aws = await startMiniStack();
	useEndpoint(aws.endpoint);
	gate = await openGate(aws.endpoint);
	folder = await mkdtemp(join(tmpdir(), 'shoplake-stream-'));
});
afterAll(async () => {
	await gate?.close();
	await aws?.stop();
	if (folder) await rm(folder, { recursive: true });
});

const env = () => ({ ...process.env, AWS_ENDPOINT_URL: gate.endpoint, SHOPLAKE_BUCKET: 'none' });
const checkpoint = (name: string) => join(folder, `${name}.checkpoint.json`);
const generated = ['--source', 'generated', '--date', '2026-11-20', '--records', '100'];
const wanted = [...eventLines({ date: '2026-11-20', records: 100 })].flat().sort();
const toStream = (name: string) => ['--stream-name', name, '--checkpoint', checkpoint(name)];

test('every line that is sent is delivered', async () => {
	await createDeliveryStream('whole', 'whole-bucket');
	const { code, result } = await runCli(env(), 'stream', 'send', ...generated, ...toStream('whole'));
	expect(code).toBe(0);
	expect(result).toMatchObject({ task: 'stream send', status: 'sent', sent: wanted.length, failed: 0 });
	expect((await deliveredLines('whole-bucket')).sort()).toEqual(wanted);
	expect(existsSync(checkpoint('whole'))).toBe(false);
});

test.each(['before', 'after'] as const)(
	'a run killed at each batch, %s AWS has it, and started again loses nothing',
	async (moment) => {
		const name = `killed-${moment}`;
		await createDeliveryStream(name, `${name}-bucket`);
		const args = ['stream', 'send', ...generated, ...toStream(name)];
		// At this rate a checkpoint is written between the batches.
		const slowly = ['--rate', '900/s'];
		for (const request of [2, 3, 1]) {
			const running = startCli(env(), ...args, ...slowly);
			gate.at(request, moment, () => running.kill('SIGKILL'));
			expect((await running.ended).code).toBeNull();
			gate.open();
		}
		const { code, result } = await runCli(env(), ...args);
		expect(code).toBe(0);
		const lines = await deliveredLines(`${name}-bucket`);
		expect([...new Set(lines)].sort()).toEqual(wanted);
		expect(Number(result.sent)).toBeLessThanOrEqual(wanted.length);
	},
);

test('SIGTERM: batches in flight are delivered, the exit code is 143, and the same command resumes after them', async () => {
	await createDeliveryStream('stopped', 'stopped-bucket');
	const args = ['stream', 'send', ...generated, ...toStream('stopped')];
	// So slow that it is far from its end when it is stopped.
	const running = startCli(env(), ...args, '--rate', '100/s');
	const stop = until(
		async () => existsSync(checkpoint('stopped')),
		(isWritten) => isWritten,
	).then(() => running.kill('SIGTERM'));
	const [{ code, result }] = await Promise.all([running.ended, stop]);
	expect(code).toBe(143);
	expect(result).toMatchObject({ status: 'terminated', failed: 0, checkpoint: checkpoint('stopped') });
	const first = await deliveredLines('stopped-bucket');
	expect(first).toHaveLength(Number(result.sent));
	expect(first.length).toBeLessThan(wanted.length);

	const again = await runCli(env(), ...args);
	expect(again.result).toMatchObject({ status: 'sent', sent: wanted.length - first.length });
	expect((await deliveredLines('stopped-bucket')).sort()).toEqual(wanted);
});

test('errors name a missing stream (exit code 78) and wrong flags (64)', async () => {
	await writeFile(join(folder, 'events.ndjson'), '{}\n');
	const source = ['--source', join(folder, 'events.ndjson')];
	const missing = await runCli(env(), 'stream', 'send', ...source, ...toStream('absent'));
	expect(missing.code).toBe(78);
	expect(missing.result.error).toBe(
		'Firehose has no delivery stream absent here. Deploy it, or name another by --stream-name.',
	);
	for (const [flags, message] of [
		[['--rate', 'fast'], "--rate 'fast' is not a rate: write records per second, such as 100/s."],
		[['--duration', '5'], "--duration '5' is not a duration: write a number and ms, s, m or h, such as 3s."],
		[['--source', 'generated'], '--source generated can’t be combined with other sources.'],
	] as const) {
		const { code, result } = await runCli(env(), 'stream', 'send', ...source, ...toStream('absent'), ...flags);
		expect({ code, error: result.error }).toEqual({ code: 64, error: message });
	}
});
