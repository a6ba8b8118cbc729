import { definitions } from '../../../../tasks/pipeline/catalog/definition';
import { planMirror } from '../../../../tasks/pipeline/catalog/mirror';

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
