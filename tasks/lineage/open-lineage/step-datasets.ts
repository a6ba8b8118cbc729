import { streams } from '../../contracts';
import type { Snapshot } from '../../lake';
import type { Outcome } from '../../platform/result';
import { isS3Location, parseS3Location } from '../../platform/s3-location';
import type { LakeTable } from '../lake-table';
import { recordsId } from '../lake-tables';
import { describeDataset, type LakeNames, type Written } from './datasets';
import type { EventDataset, StepDatasets } from './events';

/** A task that has ended, and the lake that it worked on. */
export interface EndedTask {
	readonly task: string;
	readonly outcome: Outcome;
	/** Where `ingest` read from, if not in the landing zone. */
	readonly sources: readonly string[];
	/** Whether columns of the source were renamed or computed. */
	readonly isMapped: boolean;
}

export interface LakeState {
	readonly tables: readonly LakeTable[];
	readonly names: LakeNames;
	/** The state after the task. */
	readonly snapshot: Snapshot;
}

/** What a task has read and written, by its outcome. A task that changed nothing has read and written nothing. */
export async function listStepDatasets(ended: EndedTask, lake: LakeState): Promise<StepDatasets> {
	const written = await listWritten(ended, lake);
	const byId = new Map(lake.tables.map((table) => [table.id, table]));
	const find = (id: string) => byId.get(id);
	const { head } = ended.outcome;
	const version = typeof head === 'number' ? head : undefined;
	const outputs = [...written].flatMap(([id, stats]) => {
		const table = find(id);
		if (!table) return [];
		const hasLineage = !(table.layer === 'bronze' && (ended.isMapped || ended.sources.length > 0));
		const isOfLake = table.layer !== 'serving' && table.layer !== 'records';
		return [
			describeDataset(table, lake.names, { find, head: isOfLake ? version : undefined, written: stats, hasLineage }),
		];
	});
	if (ended.task === 'generate') return { inputs: [], outputs };
	if (ended.task === 'stream seal') return { inputs: listStreams(written, lake.names), outputs };
	const reads = new Set([...written.keys()].flatMap((id) => find(id)?.making.reads ?? []));
	const tables = [...reads].flatMap((id) => (written.has(id) ? [] : (find(id) ?? [])));
	const inputs = tables.map((table) => describeDataset(table, lake.names, { find }));
	if (ended.task !== 'ingest' || ended.sources.length === 0 || written.size === 0) return { inputs, outputs };
	return { inputs: ended.sources.map(sourceDataset), outputs };
}

/** Whether a task has written to tables of the lake, by its outcome. */
export function hasWritten(task: string, { status, partitions, datasets, batches, location, steps }: Outcome): boolean {
	// A run tells of its steps, which may have changed nothing either.
	if (status === 'unchanged' && steps === undefined) return false;
	// Files in another place than the landing zone are nobody's records yet.
	if (task === 'generate' && !String(location).endsWith('/landing')) return false;
	return [partitions, datasets, batches].some((one) => one !== undefined);
}

/** The tables that a task has written, with how much. */
async function listWritten({ task, outcome }: EndedTask, lake: LakeState): Promise<Map<string, Written>> {
	if (!hasWritten(task, outcome)) return new Map();
	if (task === 'generate' || task === 'ingest' || task === 'stream seal') return writtenDatasets(task, outcome);
	const partitions = (outcome.partitions ?? []).map(splitPartition);
	const tables = [...new Set(partitions.map(({ table }) => table))].filter((table) => /^(silver|gold)_/.test(table));
	const stats = await Promise.all(
		tables.map(async (table) => {
			const own = partitions.filter((one) => one.table === table).map(({ partition }) => partition);
			return [table, await countWritten(lake.snapshot, table, own)] as const;
		}),
	);
	const served = [...(outcome.forecast === undefined ? [] : ['Products'])];
	for (const { table } of partitions) {
		if (table === 'serving_kpis') served.push('CategoryKPIs', 'OrderKPIs');
		else if (table.startsWith('serving_')) served.push(...servedFrom(table.slice('serving_'.length), lake));
	}
	return new Map([...stats, ...[...new Set(served)].map((table) => [table, {}] as const)]);
}

/** The tables of DynamoDB that a project loads from one of its tables. */
const servedFrom = (gold: string, { tables }: LakeState): string[] =>
	tables.flatMap(({ id, layer, making }) => (layer === 'serving' && making.reads.includes(gold) ? [id] : []));

interface Counted {
	readonly dataset: string;
	readonly received?: number;
	readonly rejected?: number;
}

/** The datasets of batches: what was generated, or the records that passed. */
function writtenDatasets(task: string, { datasets, batches }: Outcome): Map<string, Written> {
	const given = datasets ?? batches ?? [];
	const counted = Array.isArray(given)
		? (given as readonly Counted[])
		: Object.entries(given as Record<string, { readonly records?: number }>).map(
				([dataset, { records = 0 }]): Counted => ({ dataset, received: records }),
			);
	const written = new Map<string, Written>();
	for (const { dataset, received = 0, rejected = 0 } of counted) {
		const id = task === 'generate' ? recordsId(dataset) : `bronze_${dataset}`;
		written.set(id, { rowCount: (written.get(id)?.rowCount ?? 0) + received - rejected });
	}
	return written;
}

function splitPartition(text: string): { table: string; partition: string } {
	const at = text.indexOf('/');
	return at < 0 ? { table: text, partition: '' } : { table: text.slice(0, at), partition: text.slice(at + 1) };
}

/** What the partitions hold that a task has written; a partition that is gone holds nothing. */
async function countWritten(snapshot: Snapshot, table: string, partitions: readonly string[]): Promise<Written> {
	const manifest = await snapshot.table(table);
	const entries = partitions.flatMap((partition) => manifest.partitions[partition] ?? []);
	const files = entries.flatMap((entry) => entry.files);
	return {
		rowCount: entries.reduce((sum, { rows }) => sum + rows, 0),
		size: files.reduce((sum, { bytes }) => sum + bytes, 0),
		fileCount: files.length,
	};
}

/** The delivered objects that sealed batches are made of. */
const listStreams = (written: ReadonlyMap<string, Written>, { bucket }: LakeNames): EventDataset[] =>
	Object.values(streams).flatMap(({ dataset, prefix }) =>
		written.has(`bronze_${dataset}`)
			? [{ namespace: `s3://${bucket}`, name: prefix.replace(/\/$/, ''), facets: {} }]
			: [],
	);

/** A source that the command line names. */
function sourceDataset(source: string): EventDataset {
	if (!isS3Location(source)) return { namespace: 'file', name: source, facets: {} };
	const { bucket, key } = parseS3Location(source, '--source');
	return { namespace: `s3://${bucket}`, name: key.replace(/\/$/, '') || '/', facets: {} };
}
