import { definitions } from '../../../../tasks/pipeline/catalog/definition';
import { planMirror, syncMirror } from '../../../../tasks/pipeline/catalog/mirror';
import { MemoryStore } from '../../../support/memory-store';

const definition = definitions.find(({ name }) => name === 'gold_daily_sales');

it('copies the current versions that are missing and deletes what is not current', () => {
	if (!definition) throw new Error('no definition');
	const folder = 'gold/daily_sales/order_date=2026-11-2';
	const desired = {
		definition,
		source: '',
		location: '',
		partitions: new Map([
			['2026-11-20', `s3://lake/${folder}0/v=b/`],
			['2026-11-21', `s3://lake/${folder}1/v=a/`],
		]),
		files: new Map(),
	};
	const keys = [
		`${folder}0/v=a/part-0.parquet`,
		`${folder}0/v=b/part-0.parquet`,
		`${folder}1/v=a/part-0.parquet`,
		'current/gold_daily_sales/order_date=2026-11-20/a-part-0.parquet',
		'current/gold_daily_sales/order_date=2026-11-21/a-part-0.parquet',
	];
	expect(planMirror([desired], keys, 'lake')).toEqual({
		toCopy: new Map([
			['current/gold_daily_sales/order_date=2026-11-20/b-part-0.parquet', `${folder}0/v=b/part-0.parquet`],
		]),
		toDelete: ['current/gold_daily_sales/order_date=2026-11-20/a-part-0.parquet'],
	});
});

describe('copying a partition', () => {
	const partition = 'gold/daily_sales/order_date=2026-11-20/v=b/';
	const copy = 'current/gold_daily_sales/order_date=2026-11-20/b-part-0.parquet';
	const table = {
		definition: definition as NonNullable<typeof definition>,
		source: '',
		location: '',
		partitions: new Map([['2026-11-20', `s3://lake/${partition}`]]),
		files: new Map([['2026-11-20', [{ key: `${partition}part-0.parquet`, rows: 1, bytes: 4 }]]]),
	};
	const mirrored = [{ desired: table, values: new Set(['2026-11-20']) }];

	it('takes the files that the manifest names, without listing them', async () => {
		const listed: string[] = [];
		const store = new MemoryStore({
			before: (operation, key) => {
				if (operation === 'list') listed.push(key);
			},
		});
		await store.putText(`${partition}part-0.parquet`, 'rows');
		await store.putText(`${partition}part-1.parquet`, 'of a run that died');
		expect(await syncMirror({ store, bucket: 'lake' }, mirrored)).toBe(1);
		expect(await store.getText(copy)).toBe('rows');
		expect(listed).toEqual(['current/gold_daily_sales/']);
	});

	it('deletes the copies of its former version, and no others', async () => {
		const store = new MemoryStore();
		const folder = (date: string) => `current/gold_daily_sales/order_date=${date}/a-part-0.parquet`;
		for (const key of [`${partition}part-0.parquet`, ...['2026-11-19', '2026-11-20', '2026-11-21'].map(folder)]) {
			await store.putText(key, 'rows');
		}
		expect(await syncMirror({ store, bucket: 'lake' }, mirrored)).toBe(2);
		const copies: string[] = [];
		for await (const { key } of store.list('current/')) copies.push(key);
		expect(copies).toEqual([folder('2026-11-19'), copy, folder('2026-11-21')]);
	});

	it('passes over a file that is lost', async () => {
		const store = new MemoryStore();
		expect(await syncMirror({ store, bucket: 'lake' }, mirrored)).toBe(0);
		expect(await store.getText(copy)).toBeUndefined();
	});
});
