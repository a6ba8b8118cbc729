import { createHash } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { TaskContext } from '../context';
import { type DatasetName, datasets } from '../contracts';
import type { DuckDb } from '../engines/duckdb';
import { literal } from '../engines/quote';
import { type BatchManifest, type Change, type FileRef, type Ledger, lakeFormat } from '../lake';
import { mapConcurrently } from '../shared/concurrency';
import { DataRefusedError, TryAgainError, UsageError } from '../shared/errors';
import type { Outcome } from '../shared/result';
import { findFiles, landedFiles, type SourceFile } from './find-files';
import { createQuarantine, judge, quarantineTable, textRecords } from './judge';
import { checkDateFormats, type Mapping, readMapping, requiredColumns } from './mapping';
import { parquetRecords } from './parquet-records';
import { type StagedFile, stage } from './staging';

export interface IngestOptions {
	readonly batch: string;
	/** Files, folders or `s3://` prefixes; without them the batch's landing zone. */
	readonly sources?: readonly string[];
	/** The dataset of all files; without it each file's name says it. */
	readonly dataset?: DatasetName;
	/** The as-of of the batch: a date or an instant. */
	readonly asOf?: string;
	/** The path of a mapping file. */
	readonly map?: string;
	/** The largest share of rejected records, 0 to 1, with which a dataset is still taken. */
	readonly maxRejected: number;
	readonly dryRun?: boolean;
}

/** A dataset's part of the batch, complete in scratch but not uploaded. */
interface StagedBatch {
	readonly manifest: Omit<BatchManifest, 'files' | 'quarantine'>;
	readonly objects: readonly { readonly path: string; readonly key: string; readonly rows: number }[];
	readonly quarantine: { readonly path: string; readonly key: string; readonly rows: number } | null;
}

const parallelUploads = 8;

/**
 * Takes a batch of source files into Bronze, one version a dataset: the records that pass the contract's own rules;
 * those that don't go to quarantine. A batch whose records (and as-of) are the ones that are there already changes
 * nothing. Nothing is published where a file can't be read (DataRefusedError) or too many records are rejected.
 */
export async function ingestBatch(context: TaskContext, options: IngestOptions): Promise<Outcome> {
	checkBatchId(options.batch);
	const lake = await context.lake();
	const mapping = options.map ? await readMapping(options.map) : {};
	const files = options.sources?.length
		? await findFiles(options.sources, options.dataset, (bucket) => context.bucket(bucket))
		: await landedFiles(lake.store, context.config.bucket, options.batch);
	const named = [...new Set(files.map(({ dataset }) => dataset))];
	const before = await (await lake.newest()).ledger();
	if (options.dryRun) {
		return {
			status: 'planned',
			batch: options.batch,
			files: files.map(({ location, dataset }) => ({ dataset, location })),
		};
	}
	const duckdb = await context.duckdb();
	if (options.map) await checkDateFormats(duckdb, options.map, mapping);
	const staged: StagedBatch[] = [];
	for (const dataset of named) {
		const asOf = asOfOf(before, dataset, options, context.run.startedAt);
		const own = files.filter((file) => file.dataset === dataset);
		staged.push(await stageDataset(context, duckdb, dataset, own, { ...options, asOf, mapping }));
	}
	const uploaded = new Map<StagedBatch, BatchManifest>();
	const { snapshot, committed } = await lake.transact(context.run, async (newest) => {
		const ledger = await newest.ledger();
		const manifests: BatchManifest[] = [];
		for (const batch of staged) {
			if (await isIngested(context, ledger, batch)) continue;
			const manifest = uploaded.get(batch) ?? (await upload(context, batch));
			uploaded.set(batch, manifest);
			manifests.push(manifest);
		}
		return admit(ledger, before, manifests);
	});
	return outcomeOf(options.batch, staged, committed ? 'published' : 'unchanged', snapshot.head.number);
}

/** Letters that a batch id may have: it is part of object keys and of partition values. */
function checkBatchId(batch: string): void {
	if (!/^[A-Za-z0-9][A-Za-z0-9_.:-]{0,127}$/.test(batch)) {
		throw new UsageError(
			`--batch '${batch}': a batch id has letters, digits and . _ : - only, starts with a letter or digit, and has at most 128.`,
		);
	}
}

/** The as-of of a batch: given, else that of its former version, else its date, else the start of this ingestion. */
function asOfOf(ledger: Ledger, dataset: DatasetName, { asOf, batch }: IngestOptions, startedAt: Date): string {
	if (asOf !== undefined) {
		const instant = new Date(/T/.test(asOf) && !/(Z|[+-]\d\d:?\d\d)$/i.test(asOf) ? `${asOf}Z` : asOf);
		if (!/^\d{4}-\d\d-\d\d/.test(asOf) || Number.isNaN(instant.getTime())) {
			throw new UsageError(`--as-of '${asOf}' is neither a date (2026-11-20) nor an instant (2026-11-20T06:00:00Z).`);
		}
		return instant.toISOString();
	}
	const former = ledger.ingested[dataset]?.[batch];
	if (former) return former.as_of;
	const date = new Date(`${batch}T00:00:00Z`);
	const isDate =
		/^\d{4}-\d\d-\d\d$/.test(batch) && !Number.isNaN(date.getTime()) && date.toISOString().startsWith(batch);
	return isDate ? date.toISOString() : startedAt.toISOString();
}

async function stageDataset(
	context: TaskContext,
	duckdb: DuckDb,
	dataset: DatasetName,
	files: readonly SourceFile[],
	options: IngestOptions & { asOf: string; mapping: Mapping },
): Promise<StagedBatch> {
	const { batch, asOf } = options;
	const { attempt } = context.run;
	const folder = await context.scratch();
	const mapping = options.mapping[dataset];
	const required = requiredColumns(dataset, mapping);
	const lastDate = new Date(new Date(asOf).getTime() + 24 * 3600_000).toISOString().slice(0, 10);
	const root = (layer: string) => `${layer}/${dataset}/batch=${batch}/v=${attempt}`;
	const fingerprint = createHash('sha256').update(JSON.stringify([datasets[dataset].version, mapping ?? null]));
	const sources: BatchManifest['sources'] = [];
	const objects: { path: string; key: string; rows: number }[] = [];
	const rejected: Record<string, number> = {};
	let tidy = true;
	const reject = (rule: string, n: number) => {
		rejected[rule] = (rejected[rule] ?? 0) + n;
	};
	await createQuarantine(duckdb);
	for (const [index, file] of files.entries()) {
		context.progress.update(`ingesting ${file.name}`, index, files.length);
		let records = 0;
		const judgeChunk = async (sql: string) => {
			const name = `part-${String(index).padStart(5, '0')}-${String(objects.length).padStart(5, '0')}.ndjson.zst`;
			const path = join(folder, name);
			const judged = await judge(duckdb, sql, {
				dataset,
				batch,
				mapping,
				lastDate,
				file: { index, name: file.name },
				bronze: path,
			});
			records += judged.received;
			tidy &&= judged.tidy;
			for (const [rule, n] of Object.entries(judged.rejected)) reject(rule, n);
			if (judged.accepted > 0) objects.push({ path, key: `${root('bronze')}/${name}`, rows: judged.accepted });
		};
		const staged = await stageAhead(file, required, join(folder, `source-${index}`), async (chunk) => {
			const sql =
				chunk.kind === 'parquet' ? await parquetRecords(duckdb, file, chunk.path, required) : textRecords(chunk);
			await judgeChunk(sql);
			await rm(chunk.path);
		});
		await quarantineUnparsable(duckdb, { dataset, batch, file: file.name }, staged);
		if (staged.unparsable.length > 0) reject('unparsable', staged.unparsable.length);
		records += staged.unparsable.length;
		if (records === 0 && file.format === 'ndjson') {
			throw new DataRefusedError(`${file.location} has no records, only blank lines. The batch is not published.`);
		}
		fingerprint.update(JSON.stringify([file.name, staged.digest]));
		sources.push({ name: file.name, records, bytes: staged.bytes });
	}
	context.progress.clear();
	const received = sources.reduce((sum, { records }) => sum + records, 0);
	const refusedCount = Object.values(rejected).reduce((sum, n) => sum + n, 0);
	if (refusedCount > received * options.maxRejected) {
		throw new DataRefusedError(await tooManyRejected(duckdb, dataset, options, received, refusedCount));
	}
	const quarantine = refusedCount === 0 ? null : { path: join(folder, 'quarantine.ndjson.zst'), rows: refusedCount };
	if (quarantine) {
		await duckdb.execute(
			`copy (select * from ${quarantineTable} order by file, line) to ${literal(quarantine.path)} (format json, compression zstd)`,
		);
	}
	return {
		manifest: {
			format: lakeFormat,
			dataset,
			batch,
			attempt,
			contract: datasets[dataset].version,
			as_of: asOf,
			sources,
			received,
			rejected,
			tidy,
			fingerprint: fingerprint.digest('hex'),
		},
		objects,
		quarantine: quarantine && { ...quarantine, key: `${root('quarantine')}/rejected.ndjson.zst` },
	};
}

/** Stages a file's next chunk while the one before is being worked on. */
async function stageAhead(
	file: SourceFile,
	required: readonly string[],
	folder: string,
	work: (chunk: Parameters<typeof textRecords>[0] | { path: string; kind: 'parquet' }) => Promise<void>,
): Promise<StagedFile> {
	await mkdir(folder, { recursive: true });
	const chunks = stage(file, required, folder);
	let working: Promise<void> = Promise.resolve();
	for (;;) {
		const next = await chunks.next();
		await working;
		if (next.done) return next.value;
		working = work(next.value);
		// A failure surfaces at the next `await working`; until then it must not count as unhandled.
		working.catch(() => undefined);
	}
}

async function quarantineUnparsable(
	duckdb: DuckDb,
	where: { dataset: string; batch: string; file: string },
	{ unparsable }: StagedFile,
): Promise<void> {
	for (const { line, message, raw } of unparsable) {
		await duckdb.execute(
			`insert into ${quarantineTable} values ($dataset, $batch, $file, $line, 'unparsable', $message, $raw)`,
			{ ...where, line, message, raw },
		);
	}
}

async function tooManyRejected(
	duckdb: DuckDb,
	dataset: DatasetName,
	{ batch, maxRejected }: IngestOptions,
	received: number,
	rejected: number,
): Promise<string> {
	const examples = await duckdb.rows(
		`select file, line, rule, message from ${quarantineTable}
		 qualify row_number() over (partition by rule order by file, line) = 1 order by rule limit 5`,
	);
	const share = (n: number) => `${Math.round(n * 1000) / 10} %`;
	return [
		`Batch ${batch}: ${rejected} of ${received} records of ${dataset} break their contract (${share(rejected / received)}; at most ${share(maxRejected)} may). Nothing of the batch is published. The first of each rule:`,
		...examples.map(({ file, line, rule, message }) => `  ${file} line ${line}: ${rule}: ${message}`),
		'Mend the source, or raise --max-rejected if this is how it should be.',
	].join('\n');
}

async function isIngested({ lake }: TaskContext, ledger: Ledger, { manifest }: StagedBatch): Promise<boolean> {
	const former = ledger.ingested[manifest.dataset]?.[manifest.batch];
	if (!former || former.as_of !== manifest.as_of) return false;
	const { fingerprint } = await (await lake()).batch(manifest.dataset, manifest.batch, former.attempt);
	return fingerprint === manifest.fingerprint;
}

async function upload(context: TaskContext, batch: StagedBatch): Promise<BatchManifest> {
	const lake = await context.lake();
	const send = async ({ path, key, rows }: { path: string; key: string; rows: number }): Promise<FileRef> => ({
		key,
		rows,
		bytes: await lake.store.upload(path, key),
	});
	const manifest: BatchManifest = {
		...batch.manifest,
		files: await mapConcurrently(batch.objects, parallelUploads, send),
		quarantine: batch.quarantine ? [await send(batch.quarantine)] : [],
	};
	await lake.putBatch(manifest);
	return manifest;
}

/** The newest ledger with the batch's new versions; null where there is none. `before` is the one they were staged by. */
function admit(ledger: Ledger, before: Ledger, manifests: readonly BatchManifest[]): Change | null {
	if (manifests.length === 0) return null;
	const ingested = { ...ledger.ingested };
	for (const { dataset, batch, attempt, as_of, received, rejected } of manifests) {
		const meanwhile = ledger.ingested[dataset]?.[batch];
		if (meanwhile && meanwhile.attempt !== before.ingested[dataset]?.[batch]?.attempt && meanwhile.as_of !== as_of) {
			throw new TryAgainError(
				`Batch ${batch} of ${dataset} was ingested by another run meanwhile, with the as-of ${meanwhile.as_of} instead of ${as_of}. Nothing is published; run this again.`,
			);
		}
		const version = { attempt, as_of, received, rejected: Object.values(rejected).reduce((sum, n) => sum + n, 0) };
		ingested[dataset] = { ...ingested[dataset], [batch]: version };
	}
	return { ledger: { ...ledger, ingested } };
}

function outcomeOf(batch: string, staged: readonly StagedBatch[], status: string, head: number): Outcome {
	const datasetsOfBatch = staged.map(({ manifest: { dataset, received, rejected, as_of } }) => ({
		dataset,
		as_of,
		received,
		rejected: Object.values(rejected).reduce((sum, n) => sum + n, 0),
		rejected_by_rule: rejected,
	}));
	const sum = (name: 'received' | 'rejected') => datasetsOfBatch.reduce((total, row) => total + row[name], 0);
	return { status, batch, head, received: sum('received'), rejected: sum('rejected'), datasets: datasetsOfBatch };
}
