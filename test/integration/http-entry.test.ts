import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { startProgram } from '../support/cli';
import { deliveredLines } from '../support/delivered';
import { createDeliveryStream } from '../support/delivery-stream';
import { startMiniStack, useEndpoint } from '../support/ministack';
import type { Server } from '../support/server';

let aws: Server;
let folder: string;

beforeAll(async () => {
	aws = await startMiniStack();
	useEndpoint(aws.endpoint);
	folder = await mkdtemp(join(tmpdir(), 'shoplake-entry-'));
});
afterAll(async () => {
	await aws?.stop();
	if (folder) await rm(folder, { recursive: true });
});

/** Bundles the Lambda into one file, as a deployment does; returns the modules in it. */
async function bundle(path: string): Promise<string[]> {
	const { metafile } = await build({
		entryPoints: ['tasks/lambdas/http-entry.ts'],
		outfile: path,
		bundle: true,
		minify: true,
		platform: 'node',
		target: 'node20',
		format: 'cjs',
		metafile: true,
	});
	return Object.keys(metafile.inputs);
}

test('the bundle is light, and delivers records to a real stream', async () => {
	const path = join(folder, 'http-entry.js');
	const modules = await bundle(path);
	const packages = new Set(modules.map((name) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(name)?.[1]));
	const foreign = [...packages].filter(
		(name) => name && !/^(@aws-sdk|@smithy|@aws-crypto|@aws|tslib|bowser)\b/.test(name),
	);
	expect(foreign).toEqual([]);

	await createDeliveryStream('entry', 'entry-bucket');
	const event = (id: string) => ({
		event_id: id,
		event_type: 'product_view',
		user_id: 'u1',
		product_id: 'p1',
		event_time: '2026-11-20T10:00:00Z',
	});
	const body = JSON.stringify([event('e1'), { ...event('e2'), user_id: '' }, event('e3')]);
	const program = `require(${JSON.stringify(path)}).handler({ body: ${JSON.stringify(body)} }, { functionName: 'entry', awsRequestId: 'r1' }).then((answer) => console.log(JSON.stringify(answer)))`;
	const env = { ...process.env, STREAM_NAME: 'entry' };
	const { code, result, stderr } = await startProgram(process.execPath, ['-e', program], env).ended;
	expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
	// Node warns there, too.
	const logged = stderr.split('\n').filter((line) => line.startsWith('{'));
	expect(logged.map((line) => JSON.parse(line))).toEqual([
		expect.objectContaining({
			function: 'entry',
			request_id: 'r1',
			status: 400,
			accepted: 2,
			rejected: 1,
		}),
	]);
	expect(result.statusCode).toBe(400);
	expect(JSON.parse(String(result.body))).toMatchObject({
		ids: ['e1', 'e3'],
		errors: [{ record: 1, event_id: 'e2', rule: 'missing', field: 'user_id' }],
	});
	expect((await deliveredLines('entry-bucket')).map((line) => JSON.parse(line).event_id).sort()).toEqual(['e1', 'e3']);
});
