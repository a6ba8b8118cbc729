import { billedSeconds, singleTask, starterLines } from '../../../infra/cost/batch-path';
import { sumLines } from '../../../infra/cost/cost-line';
import { countShards, liveOrderLines } from '../../../infra/cost/live-path';
import { marketLines } from '../../../infra/cost/market-data';
import type { MeteredDay } from '../../../infra/cost/measured';
import { scaleDay } from '../../../infra/cost/scale-day';
import { countStanding } from '../../../infra/cost/standing';

const names = ['generate', 'ingest', 'clean', 'aggregate', 'crawl', 'load-kpis', 'run'];
const day = (records: number, requests: Record<string, number>, cpu: number): MeteredDay => ({
	orders: records / 20,
	day: 7,
	records,
	stored_bytes: { 'bronze/': records * 10 },
	steps: names.map((step) => ({
		...{ step, cpu_seconds: cpu, peak_mib: 100, bytes_in: 0, bytes_out: 0 },
		requests: { S3: requests },
		dynamodb: { read_units: 0, write_units: 1 },
	})),
});
const metered = [
	day(1000, { GetObject: 50, PutObject: 10 }, 1),
	day(101_000, { GetObject: 40, PutObject: 10, UploadPart: 100 }, 101),
] as const;
const standing = countStanding({
	Resources: {
		a: { Type: 'AWS::CloudWatch::Alarm' },
		b: { Type: 'AWS::CloudWatch::Alarm', Condition: 'DailyRunsIsOn1' },
		c: { Type: 'AWS::CloudWatch::Alarm', Condition: 'LiveOrdersIsOn1' },
		d: { Type: 'AWS::CloudWatch::Alarm', Condition: 'FreshnessIsOn1' },
		e: { Type: 'AWS::KMS::Key' },
		f: { Type: 'AWS::Logs::MetricFilter', Condition: 'DailyRunsIsOn1' },
		g: { Type: 'AWS::Kinesis::Stream', Condition: 'LiveOrdersIsOn1' },
		h: { Type: 'AWS::EC2::NatGateway' },
	},
});

test('what stands is counted by the option that adds it', () => {
	expect(standing).toEqual({
		keys: 1,
		dashboards: 0,
		alarms: { always: 1, dailyRuns: 1, liveOrders: 1, others: 1 },
		metrics: 1,
		byTheHour: ['AWS::EC2::NatGateway'],
	});
});

test.each([1000, 101_000])('a metered size is what was metered: %d records', (records) => {
	const found = metered.find((one) => one.records === records);
	expect(scaleDay(metered, records)).toMatchObject({ stored_bytes: found?.stored_bytes, steps: found?.steps ?? [] });
});

test('beyond the metered sizes, what grew goes on growing and nothing shrinks', () => {
	const [step] = scaleDay(metered, 201_000).steps;
	expect(step).toMatchObject({ cpu_seconds: 201, requests: { S3: { GetObject: 40, PutObject: 10, UploadPart: 200 } } });
	const [between] = scaleDay(metered, 51_000).steps;
	expect(between).toMatchObject({ cpu_seconds: 51, requests: { S3: { GetObject: 45, UploadPart: 50 } } });
});

test('a task is billed for its start and its work, which takes longer on a share of a vCPU, and for a minute at least', () => {
	const [step] = scaleDay(metered, 51_000).steps;
	if (!step) throw new Error('there is a step');
	expect(billedSeconds(step, { cpu: 1024, memoryMiB: 2048 })).toBe(30 + 2 * 51);
	expect(billedSeconds(step, { cpu: 256, memoryMiB: 1024 })).toBe(30 + 2 * 51 * 4);
	const [fargate] = singleTask([metered[0]]);
	// A minute a day of a vCPU and 2 GB.
	expect(fargate?.usd[0]).toBeCloseTo(((0.04048 + 2 * 0.004445) / 60) * (365 / 12), 6);
});

test('what starts the run costs its alarms, and what the free allowances cover', () => {
	const lines = starterLines([metered[0]], standing);
	expect(sumLines(lines)[0]).toBeCloseTo(0.1, 4);
	expect(lines.reduce((sum, { free = 0 }) => sum + free, 0)).toBeCloseTo(0.3 + 0.26, 3);
});

test('a live path has as many shards as its busiest second needs, and costs hardly less with nothing to do', () => {
	expect([30_000, 28_800_000, 28_800_001].map(countShards)).toEqual([1, 1, 2]);
	const [idle = 0, busy = 0] = sumLines(liveOrderLines([0, 30_000], metered, standing));
	expect(idle).toBeGreaterThan(10);
	expect(busy - idle).toBeLessThan(5);
});

test('market data cost by their stocks, and by how long quotes stay', () => {
	const settings = [
		{ stocks: 50, retentionDays: 30 },
		{ stocks: 5, retentionDays: 30 },
		{ stocks: 50, retentionDays: 0 },
	];
	const lines = marketLines(settings);
	const [all = 0, few = 0, kept = 0] = sumLines(lines);
	// 50 stocks × 60 rows × 43,800 minutes.
	expect(lines.find(({ what }) => what.includes('writes'))?.usd[0]).toBeCloseTo(131.4 * 0.625, 6);
	expect(few / all).toBeCloseTo(0.1, 2);
	expect(kept - all).toBeCloseTo(((131.4e6 * 240) / 1e9) * 0.45 * 12 * (335 / 365), 3);
});
