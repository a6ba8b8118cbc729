import type { BatchWriteItemCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import fc from 'fast-check';
import type { TaskContext } from '../../../../tasks/context';
import { Lake, newAttempt, type PartitionEntry, type TableManifest } from '../../../../tasks/lake';
import { loadKpis, planKpiLoad } from '../../../../tasks/pipeline/serving';
import { readLoadState } from '../../../../tasks/pipeline/serving/load-state';
import { PartlyRefusedError } from '../../../../tasks/platform/errors';
import { testContext } from '../../../support/context';
import { MemoryStore, type Operation } from '../../../support/memory-store';
import { publish } from '../../../support/publish';
import { runs } from '../../properties/runs';

/**
 * Loads that are interrupted at any point: by another whole load, by a change of Gold (and back), by a failure or a kill.
 * Whenever the lake calls a date current, its items are Gold's rows. In the end all dates are current, except those with
 * a category that can't be a key: they stay stale, and stop no other date.
 */

const dates = ['2026-11-20', '2026-11-21'] as const;
const impossible = 'x'.repeat(2049);
/** What Gold may hold of a date, by variant: its categories, or null for no order at all. */
const variants = [['Toys'], ['Toys', 'Games'], ['Books'], ['Books', impossible], null] as const;

type Action =
	| { readonly kind: 'gold'; readonly date: (typeof dates)[number]; readonly variant: number }
	| { readonly kind: 'load'; readonly interruptions: readonly Interruption[] };
/** What happens at the n-th point of a load: before a commit, before a request to DynamoDB, after one. */
interface Interruption {
	readonly point: number;
	readonly actions: readonly Action[];
	readonly end: 'goes on' | 'fails' | 'is killed';
}

const goldAction = fc.record({
	kind: fc.constant('gold' as const),
	date: fc.constantFrom(...dates),
	variant: fc.nat({ max: variants.length - 1 }),
});
const loadAction = (depth: number): fc.Arbitrary<Action> =>
	fc.record({
		kind: fc.constant('load' as const),
		interruptions: fc.array(
			fc.record({
				point: fc.nat({ max: 6 }),
				actions: fc.array(
					depth === 0
						? goldAction
						: fc.oneof({ weight: 2, arbitrary: goldAction }, { weight: 3, arbitrary: loadAction(depth - 1) }),
					{ maxLength: 3 },
				),
				end: fc.constantFrom(
					'goes on' as const,
					'goes on' as const,
					'goes on' as const,
					'fails' as const,
					'is killed' as const,
				),
			}),
			{ maxLength: 3 },
		),
	});
const histories = fc.array(fc.oneof(goldAction, loadAction(2)), { minLength: 1, maxLength: 5 });

/** Gold changes while a load is about to write, another load writes that state, and Gold changes back. */
const thereAndBack: Action[] = [
	{
		kind: 'load',
		interruptions: [
			{
				point: 1,
				end: 'goes on',
				actions: [
					{ kind: 'gold', date: '2026-11-20', variant: 1 },
					{ kind: 'load', interruptions: [] },
					{ kind: 'gold', date: '2026-11-20', variant: 2 },
				],
			},
		],
	},
];

class Crash extends Error {}

/** Gold's partitions of each date and variant, written once. */
type Prepared = Map<string, { category: PartitionEntry | undefined; order: PartitionEntry | undefined }>;

const master = new MemoryStore();
const workshop = testContext({ store: master });
let duckdb: Promise<Awaited<ReturnType<TaskContext['duckdb']>>>;
const prepared: Prepared = new Map();

beforeAll(async () => {
	duckdb = workshop.context.duckdb();
	const lake = await workshop.context.lake();
	for (const date of dates) {
		for (const [variant, categories] of variants.entries()) {
			if (categories === null) continue;
			const rows = categories.map((name) => `('${name}', ${variant + 1}.50, 2.25, 33.3333, '${date}')`).join(', ');
			const columns = 'category, daily_revenue, avg_order_value, avg_return_rate, order_date';
			await publish(workshop.context, {
				gold_category_kpis: { rows: `select * from (values ${rows}) as kpis (${columns})` },
				gold_order_kpis: {
					rows: `select ${variant + 1} as total_orders, 9.90 as total_revenue, 3 as total_items_sold, 0 as return_rate, 1 as unique_customers, '${date}' as order_date`,
				},
			});
			const { category, order } = (await readLoadState(await lake.newest())).gold;
			prepared.set(`${date}/${variant}`, { category: category?.[date], order: order?.[date] });
		}
	}
});
afterAll(() => workshop.dispose());

/** A lake, a DynamoDB and a clock, and the actions on them. */
class World {
	private readonly store = master.clone();
	/** Items by table and key. */
	readonly items = new Map<string, Record<string, unknown>>();
	now = Date.parse('2026-11-22T00:00:00Z');
	private readonly lake = new Lake(this.store, () => new Date(this.now));

	async act(action: Action): Promise<void> {
		if (action.kind === 'gold') await this.changeGold(action.date, action.variant);
		else await this.load(action.interruptions);
		await this.check();
	}

	private async changeGold(date: string, variant: number): Promise<void> {
		const { category, order } = prepared.get(`${date}/${variant}`) ?? { category: undefined, order: undefined };
		const run = { task: 'aggregate', runId: '', attempt: newAttempt(), startedAt: new Date(this.now) };
		await this.lake.transact(run, async (snapshot) => ({
			tables: {
				gold_category_kpis: withPartition(await snapshot.table('gold_category_kpis'), date, category),
				gold_order_kpis: withPartition(await snapshot.table('gold_order_kpis'), date, order),
			},
		}));
	}

	async load(interruptions: readonly Interruption[]): Promise<void> {
		let points = 0;
		let isDead = false;
		const point = async () => {
			const number = points++;
			for (const { actions, end } of interruptions.filter((interruption) => interruption.point === number)) {
				for (const action of actions) await this.act(action);
				isDead ||= end === 'is killed';
				if (end !== 'goes on') throw new Crash();
			}
		};
		const before = (operation: Operation) => {
			if (isDead) throw new Crash();
			return operation === 'createText' ? point() : undefined;
		};
		const store = this.store.door({ before });
		const { context, dispose } = testContext({ store, clock: () => new Date(this.now) });
		const dynamodb = {
			send: async ({ input }: BatchWriteItemCommand) => {
				await point();
				this.write(input.RequestItems ?? {});
				await point();
				return {};
			},
		} as unknown as DynamoDBClient;
		const aws = { ...context.aws, meter: context.aws.meter, dynamodb: async () => dynamodb };
		try {
			await loadKpis({ ...context, aws, duckdb: () => duckdb }, { kind: 'all' });
		} catch (error) {
			if (!(error instanceof Crash || error instanceof PartlyRefusedError)) throw error;
		} finally {
			await dispose();
		}
	}

	private write(requests: NonNullable<BatchWriteItemCommand['input']['RequestItems']>): void {
		for (const [table, writes] of Object.entries(requests)) {
			for (const { PutRequest, DeleteRequest } of writes) {
				const item = (PutRequest?.Item ?? DeleteRequest?.Key) as Record<string, { S?: string }>;
				if (item.category?.S === impossible) throw new Error('ValidationException');
				const key = `${item.order_date?.S} ${table} ${item.category?.S ?? ''}`;
				if (PutRequest) this.items.set(key, item);
				else this.items.delete(key);
			}
		}
	}

	/** Every date that the lake calls current has Gold's rows in DynamoDB, and nothing else. */
	async check(): Promise<void> {
		const snapshot = await this.lake.newest();
		const stale = (await planKpiLoad(snapshot, { kind: 'all' })).map(({ date }) => date);
		const { category } = (await readLoadState(snapshot)).gold;
		for (const date of dates.filter((date) => !stale.includes(date))) {
			expect({ date, items: this.listKeys(date) }).toEqual({
				date,
				items: expectedKeys(date, category?.[date]?.version),
			});
		}
	}

	private listKeys(date: string): string[] {
		return [...this.items]
			.filter(([key]) => key.startsWith(date))
			.map(([key, item]) => `${key} ${JSON.stringify(item.daily_revenue ?? item.total_orders)}`)
			.sort();
	}

	async stale(): Promise<string[]> {
		return (await planKpiLoad(await this.lake.newest(), { kind: 'all' })).map(({ date }) => date);
	}

	/** The dates on which Gold has a category that can't be a key. */
	async impossible(): Promise<string[]> {
		const { category } = (await readLoadState(await this.lake.newest())).gold;
		return dates.filter((date) => parseVariant(category?.[date]?.version)?.includes(impossible));
	}
}

/** The categories that a version of a date has. */
function parseVariant(version: string | undefined): readonly string[] | null {
	const [name] = [...prepared].find(([, { category }]) => category !== undefined && category.version === version) ?? [];
	return name === undefined ? null : (variants[Number(name.split('/')[1])] ?? null);
}

function expectedKeys(date: string, version: string | undefined): string[] {
	const variant = variants.findIndex((_, index) => prepared.get(`${date}/${index}`)?.category?.version === version);
	const categories = version === undefined ? null : parseVariant(version);
	if (categories === null) return [];
	return [
		...categories.map((name) => `${date} CategoryKPIs ${name} {"N":"${variant + 1}.50"}`),
		`${date} OrderKPIs  {"N":"${variant + 1}"}`,
	].sort();
}

function withPartition(manifest: TableManifest, date: string, entry: PartitionEntry | undefined): TableManifest {
	const { [date]: _, ...others } = manifest.partitions;
	return { ...manifest, partitions: entry ? { ...others, [date]: entry } : others };
}

it('a date that is recorded as loaded equals Gold, after every step and in the end', async () => {
	await fc.assert(
		fc.asyncProperty(histories, async (history) => {
			const world = new World();
			for (const action of history) await world.act(action);
			world.now += 2 * 3600_000;
			await world.load([]);
			expect(await world.stale()).toEqual(await world.impossible());
			await world.check();
			const before = new Map(world.items);
			await world.load([]);
			expect(world.items).toEqual(before);
		}),
		{
			examples: [[thereAndBack]],
			numRuns: runs(30),
		},
	);
});
