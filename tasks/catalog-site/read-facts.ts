import type { TaskContext } from '../context';
import { type Account, type Head, type Lake, listAccounts, type Snapshot } from '../lake';
import { listOwnTables } from '../project/project';
import { type ListedTable, listTables } from '../query/list-tables';

/** Partitions that a page shows. */
const newestPartitions = 7;
/** How many heads are searched for the last change of a table. */
const headsSearched = 200;

/** When a table last changed. */
export interface LastChange {
	readonly head: number;
	readonly task: string;
	/** An instant, ISO 8601. */
	readonly at: string;
}

export interface TableFacts extends ListedTable {
	/** Undefined where none of the heads searched changed it. */
	readonly changed: LastChange | undefined;
	readonly newestPartitions: readonly { readonly partition: string; readonly rows: number; readonly bytes: number }[];
}

/** One state of the lake, as the pages show it. */
export interface LakeFacts {
	readonly head: number;
	readonly writtenAt: string;
	/** By the table's name. */
	readonly tables: ReadonlyMap<string, TableFacts>;
	/** What became of the records of every admitted batch. */
	readonly accounts: readonly Account[];
}

/** Reads what the pages show of one head: the newest one, or head `at`. */
export async function readFacts(context: TaskContext, at: number | undefined): Promise<LakeFacts> {
	const lake = await context.lake();
	const snapshot = at === undefined ? await lake.newest() : await lake.at(at);
	const { head } = snapshot;
	const own = listOwnTables(await context.project());
	const [listed, changes, accounts] = await Promise.all([
		listTables(lake, snapshot, own),
		findChanges(lake, snapshot),
		listAccounts(await snapshot.ledger(), (name) => snapshot.table(name)),
	]);
	const facts = listed.map(async (table): Promise<[string, TableFacts]> => {
		const changed = table.name.startsWith('bronze_') ? changes.get(ledgerChange) : changes.get(table.name);
		return [table.name, { ...table, changed, newestPartitions: await listNewest(snapshot, table.name) }];
	});
	return {
		head: head.number,
		writtenAt: head.number === 0 ? '' : head.created_at,
		tables: new Map(await Promise.all(facts)),
		accounts,
	};
}

async function listNewest(snapshot: Snapshot, name: string): Promise<TableFacts['newestPartitions']> {
	if (snapshot.head.tables[name] === undefined) return [];
	const { partitions } = await snapshot.table(name);
	return Object.entries(partitions)
		.sort(([a], [b]) => (a < b ? 1 : -1))
		.slice(0, newestPartitions)
		.map(([partition, { rows, files }]) => ({
			...{ partition, rows },
			bytes: files.reduce((sum, file) => sum + file.bytes, 0),
		}));
}

const ledgerChange = 'the ledger';

/** The last head that changed each table, and the ledger of batches. */
async function findChanges(lake: Lake, { head }: Snapshot): Promise<Map<string, LastChange>> {
	const first = Math.max(1, head.oldest_kept, head.number - headsSearched);
	const heads = [...(await lake.headsBetween(first, head.number)), head];
	const changes = new Map<string, LastChange>();
	for (const [index, { number, task, created_at, tables, ledger }] of heads.entries()) {
		const before: Pick<Head, 'tables' | 'ledger'> | undefined =
			heads[index - 1] ?? (number === 1 ? { tables: {}, ledger: null } : undefined);
		if (!before) continue;
		const change = { head: number, task, at: created_at };
		for (const [name, key] of Object.entries(tables)) if (before.tables[name] !== key) changes.set(name, change);
		if (before.ledger !== ledger) changes.set(ledgerChange, change);
	}
	return changes;
}
