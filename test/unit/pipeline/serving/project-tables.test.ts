import { type AttributeValue, type BatchWriteItemCommandInput, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { planSteps } from '../../../../tasks/pipeline';
import { loadKpis } from '../../../../tasks/pipeline/serving';
import { loadProject } from '../../../../tasks/project';
import { contract, inProject } from '../../../support/project-folder';
import { GoldLake } from '../gold/gold-lake';
import { order, silver } from '../gold/silver-rows';

type Item = Record<string, AttributeValue>;

const files = {
	'contracts/order_status.ts': contract(`
		description: 'Orders of a date by status: one row per status.',
		partition: 'order_date',
		columns: {
			status: { type: 'string', description: 'The status.' },
			orders: { type: 'bigint', description: 'Orders.' },
			is_final: { type: 'boolean', description: 'Whether it can change.' },
			checked: { type: 'timestamp', description: 'A time.' },
			note: { type: 'string', description: 'Any text.', nullable: true },
		},
		key: ['status'],
		serving: { table: 'OrderStatus', key: ['status', 'order_date'] },`),
	'sql/gold/order_status.sql': `-- Inputs: orders.
select order_date, status, count(*) as orders, status = 'completed' as is_final,
  timestamp '2026-11-20 10:00:00' as checked, cast(null as varchar) as note
from orders group by order_date, status`,
};
const [first, second] = ['2026-11-20', '2026-11-21'] as const;

/** A DynamoDB that keeps items by the attributes of their tables' keys. */
class Tables {
	readonly items = new Map<string, Item>();
	private static readonly keys: Readonly<Record<string, readonly string[]>> = {
		CategoryKPIs: ['order_date', 'category'],
		OrderKPIs: ['order_date'],
		OrderStatus: ['order_date', 'status'],
	};

	/** An instance, because the SDK's paginators take nothing else. */
	readonly client: DynamoDBClient = Object.assign(Object.create(DynamoDBClient.prototype), {
		send: async ({ input }: { input: BatchWriteItemCommandInput & { TableName?: string } }) => {
			if (input.TableName !== undefined) {
				const own = [...this.items].filter(([name]) => name.startsWith(`${input.TableName} `));
				return { Items: own.map(([, item]) => item) };
			}
			for (const [table, requests] of Object.entries(input.RequestItems ?? {})) {
				for (const { PutRequest, DeleteRequest } of requests) {
					const item = (PutRequest?.Item ?? DeleteRequest?.Key) as Item;
					const name = `${table} ${Tables.keys[table]?.map((key) => item[key]?.S).join(' ')}`;
					if (PutRequest) this.items.set(name, item);
					else this.items.delete(name);
				}
			}
			return {};
		},
	});

	/** The names of the items of the project's table. */
	own = (): string[] => [...this.items.keys()].filter((name) => name.startsWith('OrderStatus ')).sort();
}

let lake: GoldLake;
let tables: Tables;
beforeEach(async () => {
	lake = new GoldLake();
	tables = new Tables();
	lake.project = await inProject(files, loadProject);
});
afterEach(() => lake.dispose());

const load = (options: { full?: boolean } = {}) =>
	lake.process((context) =>
		loadKpis(
			{
				...context.step('load-kpis'),
				aws: { ...context.aws, meter: context.aws.meter, dynamodb: async () => tables.client },
			},
			{ kind: 'all' },
			options,
		),
	);
const plannedLoads = () =>
	lake.process(async (context) => {
		const steps = await planSteps(context, await (await context.lake()).newest());
		return steps.filter(({ task }) => task === 'load-kpis').map(({ on, reason }) => `${on}: ${reason}`);
	});
const one = order('o1', first, 'ann', '10.00');
const two = order('o2', second, 'bob', '5.50', 'cancelled');

it('loads a project’s table into the DynamoDB table of its contract, each value by its type', async () => {
	await lake.setSilver(silver({ orders: [one, two] }));
	await lake.aggregate();
	expect(await plannedLoads()).toEqual([
		`${first}: never loaded`,
		`${second}: never loaded`,
		`gold_order_status ${first}: never loaded`,
		`gold_order_status ${second}: never loaded`,
	]);
	expect(await load()).toMatchObject({ status: 'published', dates: 2, put: 4, deleted: 0 });
	expect(tables.items.get(`OrderStatus ${first} completed`)).toEqual({
		status: { S: 'completed' },
		order_date: { S: first },
		orders: { N: '1' },
		is_final: { BOOL: true },
		checked: { S: '2026-11-20T10:00:00Z' },
	});
	expect(await plannedLoads()).toEqual([]);
	expect(await load()).toMatchObject({ status: 'unchanged', put: 0 });
});

it('deletes what Gold no longer has: a status, and a date', async () => {
	await lake.setSilver(silver({ orders: [one, two] }));
	await lake.aggregate();
	await load();
	await lake.setSilver(silver({ orders: [{ ...one, status: 'returned' }] }));
	await lake.aggregate();
	expect(await plannedLoads()).toContain(`gold_order_status ${second}: removed from Gold`);
	await load();
	expect(tables.own()).toEqual([`OrderStatus ${first} returned`]);
});

it('with --full restores items that were lost and deletes items that no load has written', async () => {
	await lake.setSilver(silver({ orders: [one] }));
	await lake.aggregate();
	await load();
	tables.items.delete(`OrderStatus ${first} completed`);
	tables.items.set(`OrderStatus ${first} odd`, { status: { S: 'odd' }, order_date: { S: first } });
	await load({ full: true });
	expect(tables.own()).toEqual([`OrderStatus ${first} completed`]);
});

it('forgets nothing while the project does not name the table: a later load deletes what went in the meantime', async () => {
	await lake.setSilver(silver({ orders: [one, two] }));
	await lake.aggregate();
	await load();
	const { project } = lake;
	lake.project = { ...project, goldTables: [] };
	await lake.setSilver(silver({ orders: [one] }));
	await lake.aggregate();
	await load();
	lake.project = project;
	await lake.aggregate();
	await load();
	expect(tables.own()).toEqual([`OrderStatus ${first} completed`]);
});
