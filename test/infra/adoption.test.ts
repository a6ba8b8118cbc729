import { planAdoption } from '../../infra/adoption';
import { synthesize } from './support/synth';

const buckets = { lake: 'lake-1', results: 'results-1', stocks: 'stocks-1' };

test('everything that a deleted stack leaves is adopted by its name, and needs nothing that was deleted', () => {
	const { template, resources } = planAdoption(synthesize().toJSON() as never, buckets);
	expect(resources.map(({ ResourceIdentifier }) => Object.values(ResourceIdentifier).join()).sort()).toEqual([
		...['CategoryKPIs', 'OrderKPIs', 'OrderTable', 'Products', 'StockData'],
		...['lake-1', 'results-1', 'stocks-1'],
	]);
	expect(JSON.stringify(template)).not.toMatch(/"Ref"|Fn::/);
});

test('a kept resource without a known name is refused', () => {
	const template = { Resources: { Log: { Type: 'AWS::Logs::LogGroup', DeletionPolicy: 'Retain', Properties: {} } } };
	expect(() => planAdoption(template, buckets)).toThrow('Log (AWS::Logs::LogGroup) is kept');
});
