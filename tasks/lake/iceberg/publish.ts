import { randomUUID } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { MissingObjectError } from '../damage';
import type { Head, TableManifest } from '../model';
import type { ObjectStore } from '../object-store';
import { readAvro } from './avro';
import { buildMetadata, noSnapshot } from './build-metadata';
import {
	type ChangedPartitions,
	countEntries,
	diffPartitions,
	encodeManifest,
	encodeManifestList,
	isLive,
	type ManifestEntry,
	nextEntries,
} from './manifest';
import {
	headTag,
	type IcebergMetadata,
	type IcebergSchema,
	type IcebergSnapshot,
	isEmpty,
	keyOf,
	manifestKey,
	manifestListKey,
	manifestProperty,
	metadataKey,
	newestTagged,
	openTableFolder,
	readMetadata,
	taggedHead,
} from './metadata';
import { nextSchema, type OpenTable, partitionSpec } from './schema';
import { summarize } from './summary';

/** A bucket, and where its objects are said to be. */
export interface PublishTarget {
	readonly store: ObjectStore;
	readonly bucket: string;
}

/** What a table is at one head. */
export interface TableState {
	readonly head: Head;
	/** The key of its manifest; empty where the head names none. */
	readonly source: string;
	/** Undefined where its manifest can't be read: the head gets no tag then. */
	readonly manifest: () => Promise<TableManifest | undefined>;
}

/** Metadata that are written, and not yet named by the catalogue. */
export interface Publication {
	/** `s3://…`: the key of the metadata file. */
	readonly location: string;
	readonly schema: IcebergSchema;
	readonly partitions: ChangedPartitions;
}

/**
 * Writes a table's Iceberg metadata for states of the lake, oldest first: a snapshot for each manifest, a tag for each head,
 * over the files that the lake has. Continues the metadata at `earlier`; where these are missing or not this program's,
 * begins anew with the last state. Heads before `oldestKept` lose their tags, and snapshots without a tag go.
 */
export async function publishTable(
	target: PublishTarget,
	table: OpenTable,
	states: readonly TableState[],
	{ earlier, oldestKept }: { readonly earlier: string | undefined; readonly oldestKept: number },
): Promise<Publication> {
	const before = earlier === undefined ? undefined : await readMetadata(target.store, keyOf(earlier));
	const draft = await draftSnapshots(target, table, states, before).catch((error) => {
		if (!(error instanceof MissingObjectError)) throw error;
		return draftSnapshots(target, table, states, undefined);
	});
	const metadata = assemble(target, table, { ...draft, oldestKept });
	const newest = states.at(-1)?.head.number ?? 0;
	const key = metadataKey(openTableFolder(table.name), newest, randomUUID());
	await target.store.putText(key, JSON.stringify(metadata));
	return { location: locate(target, key), schema: draft.schema, partitions: draft.partitions };
}

/** Metadata in the making: what is kept of the earlier ones, and what the new states add. */
interface Draft {
	readonly before: IcebergMetadata | undefined;
	readonly schema: IcebergSchema;
	readonly snapshots: readonly IcebergSnapshot[];
	/** The snapshot of each tagged head. */
	readonly tags: ReadonlyMap<number, number>;
	readonly partitions: ChangedPartitions;
	/** When the last state was committed, milliseconds. */
	readonly committedMs: number;
}

async function draftSnapshots(
	target: PublishTarget,
	table: OpenTable,
	states: readonly TableState[],
	before: IcebergMetadata | undefined,
): Promise<Draft> {
	const schema = nextSchema(table, before?.schemas ?? []);
	const snapshots = [...(before?.snapshots ?? [])];
	const tags = new Map(
		Object.entries(before?.refs ?? {}).flatMap(([name, ref]) => {
			const head = taggedHead(name);
			return head === undefined ? [] : [[head, ref['snapshot-id']] as const];
		}),
	);
	const alreadyTagged = before ? newestTagged(before) : 0;
	const wanted = before ? states.filter(({ head }) => head.number > alreadyTagged) : states.slice(-1);
	let entries: readonly ManifestEntry[] | undefined;
	let publishedEntries: readonly ManifestEntry[] | undefined;
	for (const { head, source, manifest } of wanted) {
		let current = snapshots.at(-1);
		if (current?.summary[manifestProperty] !== source) {
			const read = head.number === 0 ? undefined : await manifest();
			if (!read) continue;
			entries ??= await readLiveEntries(target.store, current);
			publishedEntries ??= entries;
			const written = await writeSnapshot(
				target,
				table,
				{ head, source, manifest: read },
				{ entries, current, schema },
			);
			entries = written.entries;
			current = written.snapshot;
			snapshots.push(current);
		}
		tags.set(head.number, current['snapshot-id']);
	}
	// The log was restored to an earlier time since the metadata were written: their history is another one.
	const newest = states.at(-1);
	const isAhead =
		newest !== undefined && newest.head.number > 0 && snapshots.at(-1)?.summary[manifestProperty] !== newest.source;
	if (before && isAhead) return draftSnapshots(target, table, states, undefined);
	const committedMs = Date.parse(states.at(-1)?.head.created_at ?? '') || 0;
	const partitions = listChanged(table, publishedEntries, entries);
	return { before, schema, snapshots, tags, partitions, committedMs };
}

function listChanged(
	{ partitionKeys: [key] }: OpenTable,
	before: readonly ManifestEntry[] = [],
	after: readonly ManifestEntry[] = before,
): ChangedPartitions {
	return key ? diffPartitions(before, after, key.name) : { changed: [], removed: [] };
}

/** The dates that publishing a manifest would change. */
export async function previewTable(
	{ store, bucket }: PublishTarget,
	table: OpenTable,
	manifest: TableManifest,
	earlier: string | undefined,
): Promise<ChangedPartitions> {
	const before = earlier === undefined ? undefined : await readMetadata(store, keyOf(earlier));
	const current = before?.snapshots.at(-1);
	const entries = await readLiveEntries(store, current).catch((error) => {
		if (!(error instanceof MissingObjectError)) throw error;
		return [];
	});
	const column = table.partitionKeys[0]?.name;
	return listChanged(table, entries, nextEntries(manifest, entries, { snapshotId: 0, column, bucket }));
}

async function readLiveEntries(
	store: ObjectStore,
	snapshot: IcebergSnapshot | undefined,
): Promise<readonly ManifestEntry[]> {
	if (!snapshot || isEmpty(snapshot)) return [];
	const bytes = await buffer(await store.read(manifestKey(keyOf(snapshot['manifest-list']))));
	return (readAvro(bytes) as ManifestEntry[]).filter(isLive);
}

async function writeSnapshot(
	target: PublishTarget,
	table: OpenTable,
	{ head, source, manifest }: { readonly head: Head; readonly source: string; readonly manifest: TableManifest },
	{
		entries: earlier,
		current,
		schema,
	}: {
		readonly entries: readonly ManifestEntry[];
		readonly current: IcebergSnapshot | undefined;
		readonly schema: IcebergSchema;
	},
): Promise<{ snapshot: IcebergSnapshot; entries: readonly ManifestEntry[] }> {
	const id = head.number;
	const parent = current?.['snapshot-id'];
	const spec = partitionSpec(table, schema);
	const [column] = spec.fields;
	const entries = nextEntries(manifest, earlier, { snapshotId: id, column: column?.name, bucket: target.bucket });
	const listKey = manifestListKey(openTableFolder(table.name), id, randomUUID());
	const key = manifestKey(listKey);
	const body = entries.length > 0 ? encodeManifest(entries, schema, spec) : undefined;
	const listed = body && { location: locate(target, key), bytes: body.length, entries };
	const list = encodeManifestList({ id, parent }, listed, spec);
	await Promise.all([body && target.store.putBytes(key, body), target.store.putBytes(listKey, list)]);
	const counts = countEntries(entries);
	const snapshot: IcebergSnapshot = {
		'snapshot-id': id,
		...(parent === undefined ? {} : { 'parent-snapshot-id': parent }),
		'sequence-number': id,
		'timestamp-ms': Math.max(Date.parse(head.created_at), (current?.['timestamp-ms'] ?? 0) + 1),
		'manifest-list': locate(target, listKey),
		'schema-id': schema['schema-id'],
		summary: { ...summarize(counts), [manifestProperty]: source },
	};
	return { snapshot, entries: entries.filter(isLive) };
}

function assemble(
	target: PublishTarget,
	table: OpenTable,
	{ before, schema, snapshots, tags, committedMs, oldestKept }: Draft & { readonly oldestKept: number },
): IcebergMetadata {
	const current = snapshots.at(-1)?.['snapshot-id'] ?? noSnapshot;
	const keptTags = [...tags].filter(([head]) => head >= oldestKept);
	const named = new Set([current, ...keptTags.map(([, snapshot]) => snapshot)]);
	const kept = snapshots.filter((snapshot) => named.has(snapshot['snapshot-id']));
	const schemas = before?.schemas.includes(schema) ? before.schemas : [...(before?.schemas ?? []), schema];
	const main = { main: { 'snapshot-id': current, type: 'branch' as const } };
	const tagRefs = keptTags.map(
		([head, snapshot]) => [headTag(head), { 'snapshot-id': snapshot, type: 'tag' as const }] as const,
	);
	return buildMetadata({
		uuid: before?.['table-uuid'],
		location: locate(target, openTableFolder(table.name)).replace(/\/$/, ''),
		description: table.description,
		schemas,
		schema,
		spec: partitionSpec(table, schema),
		snapshots: kept,
		refs: { ...(current < 0 ? {} : main), ...Object.fromEntries(tagRefs) },
		updatedMs: Math.max(committedMs, before?.['last-updated-ms'] ?? 0, snapshots.at(-1)?.['timestamp-ms'] ?? 0),
	});
}

const locate = ({ bucket }: PublishTarget, key: string): string => `s3://${bucket}/${key}`;
