import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { type AwsFileDrop, createAwsFileDrop, csv } from '../support/aws-file-drop';
import { runCli, runResult, startAws } from '../support/cli';
import { measure } from '../support/measure';
import type { Server } from '../support/server';

/** Lines of 4,000 characters, most of them in a column that is kept and ignored: 160 MB. */
const records = 40_000;
const note = 'x'.repeat(4000);

let aws: Server;
let lab: AwsFileDrop;
let labs = 0;

beforeAll(async () => {
	aws = await startAws();
}, 600_000);
beforeEach(async () => {
	const few = { MIN_ORDER_FILES: '1', MIN_ITEM_FILES: '0', MIN_PRODUCT_FILES: '0' };
	lab = await createAwsFileDrop(`drop-${++labs}`, few);
});
afterEach(() => lab.dispose());
afterAll(() => aws?.stop());

/** A gzip file of a header and `records` lines; streams of gzip, one after the other, are one. */
function largeFile(orderLine: (n: number) => string): Buffer {
	const members = [gzipSync('order_id,user_id,order_date,total_amount,status,note\n')];
	for (let n = 0; n < records; n += 1000) {
		const lines = Array.from({ length: 1000 }, (_, index) => `${orderLine(n + index)},${note}\n`);
		members.push(gzipSync(lines.join(''), { level: 1 }));
	}
	return Buffer.concat(members);
}

test('a file of 160 MB is validated within 512 MiB, of which 64 MiB are for JavaScript: it is streamed', async () => {
	const orderLine = (n: number) => {
		// One of a hundred breaks a rule, and another one has a value too many.
		const [date, status] = [n % 100 === 98 ? 'no date' : '2026-11-20', n % 100 === 99 ? 'completed,' : 'completed'];
		return `O-${n},U-1,${date},1.00,${status}`;
	};
	await lab.drop({ 'orders_1.csv.gz': largeFile(orderLine) });
	const { batch } = await lab.gate();
	const env = { ...lab.env, SHOPLAKE_MEMORY: '512MiB' };
	const program = ['--max-old-space-size=64', join(process.cwd(), 'dist', 'cli.js')];
	const words = ['filedrop', 'validate', '--batch', String(batch), '--on-invalid', 'quarantine', '--json'];
	const { result, peakMib } = await measure(process.execPath, [...program, ...words], { env });
	expect(result).toMatchObject({ status: 'valid', received: records, rejected: records / 50 });
	expect(peakMib).toBeLessThan(512);
});

test('the status of the drop shows its batches as a table, and below it why one is held', async () => {
	await lab.drop({ 'orders_2.csv': csv.orders('O-1,U-1,2026-11-20,1.00,"completed') });
	const batch = String((await runResult(lab.env, 'filedrop', 'gate')).batch);
	expect((await runCli(lab.env, 'filedrop', 'validate', '--batch', batch)).code).toBe(65);
	await runResult(
		lab.env,
		'filedrop',
		'notify',
		'--batch',
		batch,
		'--step',
		'filedrop validate',
		'--reason',
		'one\n  two',
	);
	const { stdout } = await runCli(lab.env, 'filedrop', 'status');
	expect(stdout.split('\n').slice(0, 8)).toEqual([
		'Files: orders 1, order items 0, products 0',
		'Lock: free',
		'',
		expect.stringMatching(/^batch +as_of +files +state +failed_at$/),
		expect.stringMatching(/^[─ ]+$/),
		expect.stringMatching(new RegExp(`^${batch} +[^ ]+Z +1 +held +filedrop validate$`)),
		'',
		`${batch} is held:`,
	]);
	expect(stdout).toContain('is held:\none\n  two\n');
});
