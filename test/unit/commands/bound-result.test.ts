import { boundResult } from '../../../tasks/commands/bound-result';

const limit = 256 * 1024;
const partitions = (count: number) => Array.from({ length: count }, (_, n) => `gold_daily_sales/${n}-"ü"`);

test('a result that fits one line of a log is left as it is', () => {
	const result = { task: 'aggregate', partitions: partitions(5000), tables: [{ rows: 1 }] };
	expect(boundResult(result)).toBe(JSON.stringify(result));
});

test('a result that a log would cut keeps its counts and the first entries of its lists, and says how long they were', () => {
	const result = { task: 'aggregate', received: 7, partitions: partitions(20_000), drift: { tables: partitions(3) } };
	const line = boundResult(result);
	expect(Buffer.byteLength(line)).toBeLessThan(limit);
	expect(JSON.parse(line)).toEqual({
		...result,
		partitions: result.partitions.slice(0, 1000),
		shortened: { partitions: 20_000 },
	});
});

test('lists within lists are shortened too', () => {
	const dates = Array.from({ length: 900 }, (_, n) => ({ date: n, tables: partitions(900) }));
	const line = boundResult({ task: 'status', dates });
	expect(Buffer.byteLength(line)).toBeLessThan(limit);
	const { shortened } = JSON.parse(line);
	expect(shortened).toMatchObject({ dates: 900, 'dates[0].tables': 900 });
});

test('a result whose texts alone are too long keeps what a caller acts on', () => {
	const line = boundResult({ task: 'ingest', run_id: '1', status: 'failed', error: 'x'.repeat(300_000), note: 'y' });
	expect(JSON.parse(line)).toEqual({
		task: 'ingest',
		run_id: '1',
		status: 'failed',
		error: 'x'.repeat(10_000),
		shortened: {},
	});
});
