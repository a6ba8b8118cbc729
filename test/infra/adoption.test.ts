import { type Adoption, planAdoption } from '../../infra/adoption';
import { synthesize } from './support/synth';

const tables = ['CategoryKPIs', 'OrderKPIs', 'OrderTable', 'Products', 'StockData'];
const kept = { lake: 'lake-1', results: 'results-1', stocks: 'stocks-1', tables };
const namesOf = ({ resources }: Adoption) =>
	resources.map(({ ResourceIdentifier }) => Object.values(ResourceIdentifier).join()).sort();

test('everything that a deleted stack leaves is adopted by its name, and needs nothing that was deleted', () => {
	const adoption = planAdoption(synthesize().toJSON() as never, kept);
	expect(namesOf(adoption)).toEqual([...tables, 'lake-1', 'results-1', 'stocks-1']);
	expect(adoption.created).toEqual([]);
	expect(JSON.stringify(adoption.template)).not.toMatch(/"Ref"|Fn::/);
});

test('in another region the copy of the lake and the tables that were restored are adopted, and the rest is created', () => {
	const restored = { lake: 'copy-1', tables: ['Products', 'OrderTable', 'OfSomeoneElse'] };
	const adoption = planAdoption(synthesize().toJSON() as never, restored);
	expect(namesOf(adoption)).toEqual(['OrderTable', 'Products', 'copy-1']);
	expect(Object.keys(adoption.template.Resources)).toHaveLength(3);
	const created = adoption.created.map((id) => id.replace(/[0-9A-F]{8}$/, '')).sort();
	expect(created).toEqual([
		'LakeQueryResults',
		'MarketBucket',
		'ServingCategoryKPIs',
		'ServingOrderKPIs',
		'ServingStockData',
	]);
});

test('a kept resource without a known name is refused', () => {
	const template = { Resources: { Log: { Type: 'AWS::Logs::LogGroup', DeletionPolicy: 'Retain', Properties: {} } } };
	expect(() => planAdoption(template, kept)).toThrow('Log (AWS::Logs::LogGroup) is kept');
});
