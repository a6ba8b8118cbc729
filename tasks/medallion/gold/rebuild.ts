import type { TaskContext } from '../../context';
import { Snapshot, type TableManifest } from '../../lake';
import type { Outcome } from '../../shared/result';
import { differing, type Interval } from '../differing';
import { restate } from './aggregate';
import { BuiltPartitions } from './built-partitions';
import { GoldDraft } from './draft';
import { makePlan } from './plan';
import { readSources } from './sources';

/** Makes Gold afresh from Silver, forgetting what is there; replaces what comes out otherwise, or has lost its files. */
export async function rebuildGold(context: TaskContext, interval: Interval | undefined): Promise<Outcome> {
	const lake = await context.lake();
	const bench = { store: lake.store, duckdb: await context.duckdb(), scratch: await context.scratch() };
	let partitions: string[] = [];
	const { snapshot, committed } = await lake.transact(context.run, async (newest) => {
		const silver = Object.entries(newest.head.tables).filter(([name]) => !/^(gold|internal)_/.test(name));
		const blank = new Snapshot(lake.store, { ...newest.head, tables: Object.fromEntries(silver) });
		const [draft, sources] = await Promise.all([GoldDraft.of(blank), readSources(blank)]);
		const plan = await makePlan(async () => bench, blank, draft, sources, { kind: 'all' });
		await restate({ bench, draft, attempt: context.run.attempt, built: new BuiltPartitions() }, sources, plan);
		const fresh: Record<string, TableManifest> = {};
		for (const name of Object.keys(newest.head.tables).filter((name) => /^(gold|internal)_/.test(name))) {
			fresh[name] = { ...(await newest.table(name)), partitions: {} };
		}
		for (const [name, manifest] of Object.entries(draft.change()?.tables ?? {})) if (manifest) fresh[name] = manifest;
		const tables = await differing(lake, newest, fresh, interval);
		partitions = Object.entries(tables).flatMap(([name, { partitions }]) =>
			Object.entries(partitions)
				.filter(([, { version }]) => version === context.run.attempt)
				.map(([partition]) => `${name}/${partition}`),
		);
		return Object.keys(tables).length === 0 ? null : { tables };
	});
	return { status: committed ? 'published' : 'unchanged', head: snapshot.head.number, partitions };
}
