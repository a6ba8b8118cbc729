import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { type FileDropLab, makeFileDropLab } from '../support/file-drop-lab';
import { measure } from '../support/measure';
import type { Server } from '../support/server';
import { startAws } from './lab';

/** Lines of 4,000 characters, most of them in a column that is kept and ignored: 160 MB. */
const records = 40_000;
const note = 'x'.repeat(4000);

let aws: Server;
let lab: FileDropLab;

beforeAll(async () => {
	aws = await startAws();
	lab = await makeFileDropLab('large-drop', { MIN_ORDER_FILES: '1', MIN_ITEM_FILES: '0', MIN_PRODUCT_FILES: '0' });
}, 600_000);
afterAll(async () => {
	await lab?.dispose();
	await aws?.stop();
});

/** Its first line, then as many lines as `records`; gzip members, one after the other, are a gzip file. */
function largeFile(lineOf: (n: number) => string): Buffer {
	const members = [gzipSync('order_id,user_id,order_date,total_amount,status,note\n')];
	for (let n = 0; n < records; n += 1000) {
		const lines = Array.from({ length: 1000 }, (_, index) => `${lineOf(n + index)},${note}\n`);
		members.push(gzipSync(lines.join(''), { level: 1 }));
	}
	return Buffer.concat(members);
}

test('a file of 160 MB is checked within 512 MiB, of which 64 MiB are for JavaScript: it is read as a stream', async () => {
	const lineOf = (n: number) => {
		// One of a hundred breaks a rule, and another one has a value too many.
		const [date, status] = [n % 100 === 98 ? 'no date' : '2026-11-20', n % 100 === 99 ? 'completed,' : 'completed'];
		return `O-${n},U-1,${date},1.00,${status}`;
	};
	await lab.drop({ 'orders_1.csv.gz': largeFile(lineOf) });
	const { batch } = await lab.gate();
	const env = { ...lab.env, SHOPLAKE_MEMORY: '512MiB' };
	const program = ['--max-old-space-size=64', join(process.cwd(), 'dist', 'cli.js')];
	const words = ['filedrop', 'validate', '--batch', String(batch), '--on-invalid', 'quarantine', '--json'];
	const { result, peakMib } = await measure(process.execPath, [...program, ...words], { env });
	expect(result).toMatchObject({ status: 'valid', received: records, rejected: records / 50 });
	expect(peakMib).toBeLessThan(512);
}, 300_000);
