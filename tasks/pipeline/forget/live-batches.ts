import { type DatasetName, orders as ordersContract } from '../../contracts';
import type { DuckDbEngine } from '../../engine';
import { type BatchManifest, type BatchVersion, fetchCopies, isColumnar, type Lake, type Ledger } from '../../lake';
import { bronzeRowsSql } from '../../lake/bronze-files';
import { CsvCutter } from '../../platform/csv';
import { DataRefusedError } from '../../platform/errors';
import { rejectedRecords } from '../bronze';
import { findOrderId, matchRecord, type Person, type TextTable } from './person';

/** A version of a batch that the newest head names: the one that was ingested last, or the one that Silver has. */
export interface LiveBatch {
	readonly dataset: DatasetName;
	readonly batch: string;
	readonly version: BatchVersion;
	readonly manifest: BatchManifest;
}

/**
 * Reads the manifests of all batch versions that a ledger names. Throws DataRefusedError if one is NDJSON of an earlier
 * version of shoplake.
 */
export async function listLiveBatches(lake: Lake, { ingested, admitted }: Ledger): Promise<LiveBatch[]> {
	const live: LiveBatch[] = [];
	const datasets = new Set([...lake.contracts.names, ...Object.keys(ingested), ...Object.keys(admitted)]);
	for (const dataset of datasets) {
		const versions = new Map(
			[...Object.entries(ingested[dataset] ?? {}), ...Object.entries(admitted[dataset] ?? {})].map(
				([batch, version]) => [`${batch} ${version.attempt}`, { batch, version }],
			),
		);
		for (const { batch, version } of versions.values()) {
			if (!isColumnar(version)) {
				throw new DataRefusedError(
					`Batch ${batch} of ${dataset} is NDJSON of an earlier version of shoplake. Run 'shoplake rebuild --retype' first, then this again.`,
				);
			}
			live.push({ dataset, batch, version, manifest: await lake.batch(dataset, batch, version.attempt) });
		}
	}
	return live;
}

/** The source files of a batch, as what is known of their records. */
export interface KnownSources {
	/** The columns of a source file, if it is a table of text, by its place. */
	readonly tableOf: (place: number) => TextTable | undefined;
	/** The place of a source file by its name. */
	readonly placeOf: (name: string) => number;
}

export function describeSources(sources: BatchManifest['sources']): KnownSources {
	const tables = sources.map(({ header, delimiter = ',' }): TextTable | undefined => {
		if (header === undefined) return undefined;
		const [names] = new CsvCutter(Number.POSITIVE_INFINITY, 1, delimiter).cut(header, { isLast: true });
		return { header: names?.values ?? [], delimiter };
	});
	const places = new Map([...sources.entries()].reverse().map(([place, { name }]) => [name, place]));
	return { tableOf: (place) => tables[place], placeOf: (name) => places.get(name) ?? 0 };
}

/**
 * The ids of a person's orders, rejected ones included. An order that also stands in some batch under another user is not
 * the person's alone: its lines stay.
 */
export async function findOrders(engine: DuckDbEngine, live: readonly LiveBatch[], user: string): Promise<Set<string>> {
	const orders = live.filter(({ dataset }) => dataset === 'orders');
	const select = async (condition: string) => {
		const found: string[] = [];
		for (const { manifest } of orders) {
			if (manifest.files.length === 0) continue;
			const rows = bronzeRowsSql(ordersContract, await fetchCopies(engine, manifest.files));
			const ids = await engine.duckdb.rows(`select distinct order_id from (${rows}) where ${condition}`, { user });
			found.push(...ids.map(({ order_id }) => String(order_id)));
		}
		return found;
	};
	const own = new Set(await select('user_id = $user'));
	for (const { manifest } of orders) for (const id of await findRejectedOrders(engine, manifest, user)) own.add(id);
	if (own.size === 0) return own;
	const ids = await engine.texts(
		{ order_id: 'varchar' },
		[...own].map((id) => [id]),
	);
	for (const id of await select(`user_id <> $user and order_id in (select order_id from ${ids.name})`)) own.delete(id);
	return own;
}

async function findRejectedOrders(engine: DuckDbEngine, manifest: BatchManifest, user: string): Promise<string[]> {
	const { tableOf } = describeSources(manifest.sources);
	const person: Person = { id: user, orders: new Set() };
	return engine.scoped(async (scope) => {
		const { name } = await rejectedRecords(scope, manifest);
		const { rows } = await scope.duckdb.stream(`select file, text from ${name}`, {});
		const found: string[] = [];
		for await (const chunk of rows) {
			for (const [file, text] of chunk) {
				const table = tableOf(Number(file));
				if (matchRecord(person, String(text), table) === 'own') found.push(findOrderId(String(text), table) ?? '');
			}
		}
		return found.filter((id) => id !== '');
	});
}
