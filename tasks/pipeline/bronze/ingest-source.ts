import type { TaskContext } from '../../context';
import { type DatasetName, getDataset } from '../../contracts';
import type { Ledger } from '../../lake';
import { UsageError } from '../../platform/errors';
import { printable } from '../../platform/printable';
import { utc } from '../../platform/time-zone';
import type { Project } from '../../project';
import { isSourceFolder, parameterValues, readPreset, readSource, type SqlSource } from '../../sources';
import { decideAsOf } from './batch-identity';
import { type Buckets, findMatchedFiles } from './find-files';
import type { IngestOptions } from './ingest-options';
import { checkFilesFound, computeSource, matchFile, stageSource } from './stage-source';
import type { StagedBatch, StagedSource } from './staged-batch';

/** Unused rows that the warning about them shows. */
const mostShown = 5;

/** A source and the values of its parameters. */
export interface ChosenSource {
	readonly source: SqlSource;
	readonly values: Readonly<Record<string, string>>;
}

/**
 * The SQL source of the options: a preset, or the folder that `map` names. Undefined if they name none. The
 * parameters `currency` and `time_zone` are the project's unless others are given. Throws UsageError where they say two things, or there is no such
 * source.
 */
export async function chooseSource(
	{ from, map, params = [] }: Pick<IngestOptions, 'from' | 'map' | 'params'>,
	buckets: Buckets,
	{
		contracts,
		currency,
		timeZone,
	}: Pick<Project, 'contracts'> & Pick<Project['config'], 'currency'> & { readonly timeZone: string },
): Promise<ChosenSource | undefined> {
	if (from !== undefined && map !== undefined) {
		throw new UsageError('Give either --from (a preset) or --map (a folder of your own, or a mapping file), not both.');
	}
	const isFolder = map !== undefined && (await isSourceFolder(map));
	if (from === undefined && !isFolder) {
		if (params.length === 0) return undefined;
		throw new UsageError('--param sets a parameter of a source: give --from PRESET or --map FOLDER too.');
	}
	const source = from === undefined ? await readSource(map as string, buckets, contracts) : await readPreset(from);
	const ofProject = {
		...(currency === undefined ? {} : { currency }),
		...(timeZone === utc ? {} : { time_zone: timeZone }),
	};
	return { source, values: parameterValues(source, params, ofProject) };
}

/** The files of a source that options name, with those that no relation takes. */
export async function findSourceFiles(
	context: TaskContext,
	{ source }: ChosenSource,
	{ sources, batch }: IngestOptions,
): Promise<Awaited<ReturnType<typeof findMatchedFiles>>> {
	const { store, contracts } = await context.lake();
	const found = await findMatchedFiles(
		{ sources, batch },
		{ store, bucket: context.config.bucket, names: contracts.names },
		(bucket) => context.bucket(bucket),
		(name) => matchFile(source, name),
	);
	checkFilesFound(source, found);
	return found;
}

/** Stages the datasets of a source, or one of them; warns about rows that no statement uses. */
export async function stageChosenSource(
	context: TaskContext,
	{ source, values }: ChosenSource,
	files: Awaited<ReturnType<typeof findMatchedFiles>>['files'],
	options: IngestOptions,
	ledger: Ledger,
	onStaged?: (batch: StagedBatch) => Promise<void>,
): Promise<{ staged: StagedBatch[]; stats: StagedSource }> {
	const { contracts } = await context.lake();
	const datasets = listDatasets(source, options.dataset).map((name) => getDataset(contracts, name));
	const computed = await computeSource(context, source, files, values);
	const { batch, maxRejected } = options;
	const { duckdb } = await context.engine();
	const { staged, examples } = await stageSource(
		context,
		duckdb,
		computed,
		datasets,
		(dataset) => ({
			...{ dataset, batch, maxRejected },
			asOf: decideAsOf(ledger, dataset.name, options, context.run.startedAt),
		}),
		{ mostExamples: mostShown, onStaged },
	);
	const { unused, rows } = computed.stats;
	if (unused > 0) {
		const shown = examples.map(({ file, line, fault }) =>
			printable(`  ${file} line ${line}${fault ? `: ${fault}` : ''}`),
		);
		context.log.warn(
			[
				`${unused} of ${rows} rows of ${source.name} are used by no statement${options.dryRun ? '' : '; lake_unused keeps them'}. The first:`,
				...shown,
			].join('\n'),
		);
	}
	return { staged, stats: computed.stats };
}

function listDatasets(source: SqlSource, only: DatasetName | undefined): DatasetName[] {
	const names = source.datasets.map(({ name }) => name);
	if (only === undefined) return names;
	if (names.includes(only)) return [only];
	throw new UsageError(`--dataset ${only}: ${source.name} has no statement for it. It has ${names.join(', ')}.`);
}
