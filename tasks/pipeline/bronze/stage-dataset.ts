import { createHash } from 'node:crypto';
import type { TaskContext } from '../../context';
import type { BatchManifest } from '../../lake';
import { addCounts, sumCounts } from '../../platform/counts';
import { withConnectionPool } from '../../platform/duckdb/connection-pool';
import type { DuckDb } from '../../platform/duckdb/duckdb';
import { DataRefusedError } from '../../platform/errors';
import { printable } from '../../platform/printable';
import type { DatasetFile, SourceFile } from './find-files';
import { MappedColumns } from './mapped-columns';
import { createQuarantine, keepRefused, quarantineTable } from './quarantine';
import { describeReading } from './reading';
import { checkNotBlank, gatherSmallChunks, type StagedRecords, stageFile } from './stage-file';
import { assembleBatch, type StagedBatch, storedFormat } from './staged-batch';
import type { StageOptions } from './validate-chunk';
import { planChunks } from './validate-records';

/**
 * Reads the files of a dataset, validates their records, and writes Bronze and quarantine objects to scratch.
 * Throws DataRefusedError where a file can't be read, or where too many records are rejected; these are kept for
 * `lake_refused`.
 */
export async function stageDataset(
	context: TaskContext,
	duckdb: DuckDb,
	files: readonly DatasetFile[],
	options: StageOptions,
): Promise<StagedBatch> {
	const { dataset, batch, asOf, mapping } = options;
	const { attempt } = context.run;
	const folder = await context.scratch();
	const fingerprint = createHash('sha256').update(JSON.stringify([dataset.version, mapping ?? null]));
	const sources: BatchManifest['sources'] = [];
	const mapped = mapping && new MappedColumns(dataset.name, mapping);
	await createQuarantine(duckdb);
	const { connections, chunkBytes } = planChunks(duckdb);
	const staged = await withConnectionPool<StagedRecords>(duckdb, connections, async (pool) => {
		const place = { folder, chunkBytes, pool, mapped };
		const small = gatherSmallChunks(place, options);
		for (const [index, file] of files.entries()) {
			context.progress.update(`ingesting ${file.name}`, index, files.length);
			const { digest, bytes, header, readAs } = await stageFile(file, index, place, options, small);
			// The same bytes are other records when they are read in another way.
			const isUsual = Object.keys(readAs).length === 0;
			fingerprint.update(JSON.stringify([file.name, digest, ...(isUsual ? [] : [readAs])]));
			if (!isUsual) context.log.info(printable(`${file.name} is read as ${describeReading(readAs)}.`));
			const format = storedFormat(file);
			const source = { name: file.name, records: 0, bytes, format };
			sources.push({ ...source, ...(header === undefined ? {} : { header }), ...readAs });
		}
		await small.finish();
	});
	const rejected: Record<string, number> = {};
	const byFile: Record<number, number> = {};
	for (const chunk of staged) {
		addCounts(rejected, chunk.rejected);
		addCounts(byFile, chunk.byFile);
	}
	for (const [index, source] of sources.entries()) {
		source.records = byFile[index] ?? 0;
		checkNotBlank(files[index] as SourceFile, source.records);
	}
	context.progress.clear();
	mapped?.check();
	const received = sources.reduce((sum, { records }) => sum + records, 0);
	await checkRejectedShare(context, duckdb, folder, options, { received, rejected: sumCounts(rejected) });
	return assembleBatch(duckdb, folder, {
		...{ dataset, batch, attempt, asOf, sources, rejected },
		...(mapping ? { mapping } : {}),
		fingerprint: fingerprint.digest('hex'),
		bronze: staged.flatMap(({ objects }) => objects),
	});
}

/** Throws DataRefusedError where too many records are rejected, and keeps these for `lake_refused`. */
export async function checkRejectedShare(
	context: TaskContext,
	duckdb: DuckDb,
	folder: string,
	options: StageOptions,
	{ received, rejected }: { readonly received: number; readonly rejected: number },
): Promise<void> {
	if (rejected <= received * options.maxRejected) return;
	await keepRefused(context, duckdb, folder, { ...options, dataset: options.dataset.name });
	throw new DataRefusedError(await describeRejected(duckdb, options, received, rejected));
}

async function describeRejected(
	duckdb: DuckDb,
	{ dataset: { name: dataset }, batch, maxRejected }: StageOptions,
	received: number,
	rejected: number,
): Promise<string> {
	const examples = await duckdb.rows(
		`select file, line, rule, message from ${quarantineTable}
		 qualify row_number() over (partition by rule order by file, line) = 1 order by rule limit 5`,
	);
	const share = (n: number) => `${Math.round(n * 1000) / 10} %`;
	return [
		`Batch ${batch}: ${rejected} of ${received} records of ${dataset} break their contract (${share(rejected / received)}; the limit is ${share(maxRejected)}). Nothing of the batch is published. The first of each rule:`,
		...examples.map(({ file, line, rule, message }) => printable(`  ${file} line ${line}: ${rule}: ${message}`)),
		`All of them: echo "select * from lake_refused where dataset = '${dataset}' and batch = '${batch}'" | shoplake query -`,
		'Fix the source, or raise --max-rejected if so many rejected records are expected.',
	].join('\n');
}
