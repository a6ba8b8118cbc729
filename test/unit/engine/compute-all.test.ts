import { computeAll, type Engine, sourcesOf } from '../../../tasks/engine';
import { parseStatement } from '../../../tasks/engine/statement';

const statements = {
	totals: '-- Inputs: days, rates.\nselect 1',
	days: '-- Inputs: lines.\nselect 2',
	lines: '-- Inputs: orders, products.\nselect 3',
};

/** Keeps what was computed, with the names of the relations that it read. */
class Recorder {
	readonly computed: string[] = [];
	keep(statement: string, { inputs }: { inputs: Record<string, { name: string }> }) {
		const name = parseStatement(statement).sql;
		this.computed.push(`${name} of ${Object.values(inputs).map(({ name }) => name)}`);
		return Promise.resolve({ name });
	}
}
const compute = async (given: Record<string, string>, sources: readonly string[]) => {
	const engine = new Recorder();
	const known = Object.fromEntries(sources.map((name) => [name, { name }]));
	const results = await computeAll(engine as unknown as Engine, given, known);
	return { computed: engine.computed, names: Object.keys(results).sort() };
};

describe('statements that read each other', () => {
	it('are computed in the order that their headers demand, whatever the order of the list', async () => {
		const sources = ['orders', 'products', 'rates', 'events'];
		const expected = {
			computed: ['select 3 of orders,products', 'select 2 of select 3', 'select 1 of select 2,rates'],
			names: ['days', 'events', 'lines', 'orders', 'products', 'rates', 'totals'],
		};
		expect(await compute(statements, sources)).toEqual(expected);
		const { totals, days, lines } = statements;
		expect(await compute({ lines, totals, days }, sources)).toEqual(expected);
	});

	it('are refused where they read each other in a circle', async () => {
		const circle = { ...statements, lines: '-- Inputs: totals.\nselect 3' };
		await expect(compute(circle, [])).rejects.toThrow('Statements read each other in a circle: totals, days, lines.');
	});

	it('have the sources of those that they read', () => {
		expect(sourcesOf(statements.totals, statements)).toEqual(['orders', 'products', 'rates']);
	});
});
