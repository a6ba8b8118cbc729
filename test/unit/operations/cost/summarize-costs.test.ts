import { type CostRecord, readCostRecords, summarizeCosts, withOwnPrices } from '../../../../tasks/operations/cost';
import { MemoryStore } from '../../../support/memory-store';

const record = (given: Partial<CostRecord>): CostRecord => ({
	format: 1,
	step: 'clean',
	run_id: 'r',
	attempt: 'a',
	started_at: '2026-11-20T03:00:00.000Z',
	seconds: 2,
	status: 'published',
	exit_code: 0,
	batch: null,
	head: null,
	region: null,
	emulator: false,
	bytes_in: 0,
	bytes_out: 0,
	requests: {},
	dynamodb: { read_units: 0, write_units: 0 },
	athena: { statements: 0, scanned_bytes: 0, billed_bytes: 0 },
	fargate: null,
	...given,
});

test('what steps used is priced by service, and summed by day and step', () => {
	const records = [
		record({ requests: { S3: { GetObject: 1000, PutObject: 100, DeleteObjects: 9 } }, emulator: true }),
		record({
			requests: { S3: { ListObjectsV2: 100 }, Glue: { GetTable: 1000 }, DynamoDB: { Scan: 5 } },
			exit_code: 65,
		}),
		record({
			step: 'run',
			started_at: '2026-11-21T03:00:00.000Z',
			dynamodb: { read_units: 8000, write_units: 1600 },
			athena: { statements: 1, scanned_bytes: 5, billed_bytes: 1024 ** 4 / 1000 },
			fargate: { vcpu: 1, gib: 2, seconds: 360 },
		}),
	];
	expect(summarizeCosts(records, { to: '2026-11-21' })).toEqual({
		rows: [
			{ date: '2026-11-20', step: 'clean', runs: 2, failed: 1, seconds: 4, requests: 2214, usd: 0.0024 },
			// 0.1 hours of a vCPU, of 2 GB and of an address; 5 dollars a TiB; a thousandth of a dollar each.
			{ date: '2026-11-21', step: 'run', runs: 1, failed: 0, seconds: 2, requests: 0, usd: 0.012437 },
		],
		services: [
			{ service: 'Athena', usd: 0.005 },
			{ service: 'Fargate', usd: 0.004937 },
			{ service: 'DynamoDB', usd: 0.002 },
			{ service: 'S3', usd: 0.0014 },
			{ service: 'Glue', usd: 0.001 },
			{ service: 'public addresses', usd: 0.0005 },
		],
		total_usd: 0.014837,
		// Of two days.
		month_usd: 0.23,
		emulated: 1,
		elsewhere: 2,
	});
});

test('a task on Fargate is billed for a minute at least', () => {
	const cost = (seconds: number) =>
		summarizeCosts([record({ fargate: { vcpu: 0.25, gib: 1, seconds } })], { to: '2026-11-20' }).total_usd;
	expect(cost(3)).toBe(cost(60));
	expect(cost(61)).toBeGreaterThan(cost(60));
});

test('own prices replace those of the table', () => {
	const list = withOwnPrices('{"glue_request": 0.5}', 'p.json');
	const used = record({ requests: { Glue: { GetTable: 2 }, S3: { GetObject: 1_000_000 } } });
	expect(summarizeCosts([used], { to: '2026-11-20', list }).total_usd).toBe(1.4);
});

test.each([
	['{', /is not JSON/],
	['[1]', /write an object of prices/],
	['{"glue": 1}', /there is no price 'glue'\. Known are s3_write_request,/],
	['{"glue_request": "1"}', /glue_request is US dollars for one unit/],
	['{"glue_request": -1}', /glue_request is US dollars for one unit/],
])('own prices that are wrong are refused: %s', (text, message) => {
	expect(() => withOwnPrices(text, 'p.json')).toThrow(message);
});

test('the records of an interval are those of its dates, in order of time; others in the folder are named', async () => {
	const store = new MemoryStore();
	const put = (key: string, started_at: string) =>
		store.putText(`costs/${key}`, JSON.stringify(record({ started_at })));
	await put('dt=2026-11-19/z.json', '2026-11-19T23:00:00.000Z');
	await put('dt=2026-11-20/b.json', '2026-11-20T01:00:00.000Z');
	await put('dt=2026-11-20/a.json', '2026-11-20T02:00:00.000Z');
	await put('dt=2026-11-21/a.json', '2026-11-21T00:00:00.000Z');
	await put('dt=2026-11-22/a.json', '2026-11-22T00:00:00.000Z');
	await store.putText('costs/dt=2026-11-21/odd.json', '{"format":2}');
	const { records, unreadable } = await readCostRecords(store, { from: '2026-11-20', to: '2026-11-21' });
	expect(records.map(({ started_at }) => started_at)).toEqual([
		'2026-11-20T01:00:00.000Z',
		'2026-11-20T02:00:00.000Z',
		'2026-11-21T00:00:00.000Z',
	]);
	expect(unreadable).toEqual(['costs/dt=2026-11-21/odd.json']);
});
