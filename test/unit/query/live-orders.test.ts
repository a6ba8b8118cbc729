import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { streams } from '../../../tasks/contracts';
import { runQuery } from '../../../tasks/query';
import { testContext } from '../../support/context';
import { everything, expectedRows, expectedUnits, liveObjects, today, todaysUnits } from '../../support/live-objects';
import { MemoryStore } from '../../support/memory-store';

const { prefix } = streams.live_orders;
let store: MemoryStore;
let lake: ReturnType<typeof testContext>;
let folder: string;

const put = async (key: string, bytes: Buffer) => {
	const path = join(folder, 'object');
	await writeFile(path, bytes);
	await store.upload(path, `${prefix}${key}`);
};
const rows = async (sql: string) => {
	const file = join(folder, 'q.sql');
	await writeFile(file, sql);
	return (await runQuery(lake.context, { file, param: [], engine: 'duckdb' })).rows;
};

beforeEach(async () => {
	store = new MemoryStore();
	lake = testContext({ store });
	folder = await mkdtemp(join(tmpdir(), 'shoplake-live-'));
});
afterEach(async () => {
	await lake.dispose();
	await rm(folder, { recursive: true });
});

it('has no rows before the first delivery', async () => {
	expect(await rows('select * from gadget_sales')).toEqual([]);
});

describe('over delivered objects', () => {
	beforeEach(async () => {
		for (const [key, bytes] of liveObjects) await put(key, bytes);
	});

	it('answers the second query of the documentation word for word', async () => {
		expect((await rows(todaysUnits)).toSorted()).toEqual(expectedUnits);
	});

	it('types values that fit and drops lines that are not records', async () => {
		expect(await rows(everything)).toEqual(expectedRows);
	});

	it('shows the records as delivered besides the typed ones', async () => {
		const sql = `select day, quantity, price, raw.date is null as odd from live_orders left join (
			select orderid as id, date from gadget_sales where quantity is not null
		) as raw on raw.id = orderid where orderid in ('7424', '7425') order by orderid`;
		expect(await rows(sql)).toEqual([
			[today.replaceAll('-', '/'), '4', '10.995', 'false'],
			[today.replaceAll('-', '/'), 'many', 'dear', 'true'],
		]);
	});

	it('has the records of a gzip object that is cut off, as far as they can be read', async () => {
		const lines = Array.from({ length: 20_000 }, (_, place) => ({
			orderid: String(place),
			product_name: 'Cut',
			quantity: 1,
		}));
		const whole = gzipSync(lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
		await put(`${today.replaceAll('-', '/')}/22/live-orders-9.gz`, whole.subarray(0, -9));
		await put(`${today.replaceAll('-', '/')}/22/live-orders-10.gz`, whole.subarray(0, 9));
		const [[, units] = []] = await rows(`${todaysUnits}having product_name = 'Cut'`);
		expect(Number(units)).toBeGreaterThan(10_000);
	});

	it('sees an object immediately', async () => {
		const late = { orderid: '1', product_name: 'Late', quantity: 1 };
		await put(`${today.replaceAll('-', '/')}/22/live-orders-9`, Buffer.from(`${JSON.stringify(late)}\n`));
		expect(await rows(`${todaysUnits}having product_name = 'Late'`)).toEqual([['Late', '1']]);
	});
});
