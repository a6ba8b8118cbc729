import { join } from 'node:path';
import type { TaskContext } from '../../context';
import { type Contracts, type DatasetName, getDataset } from '../../contracts';
import type { DuckDb } from '../../platform/duckdb/duckdb';
import { parseInstant } from '../../platform/instant';
import type { Outcome } from '../../platform/result';
import { listPresets, type SqlSource } from '../../sources';
import {
	type DecimalSign,
	FileValidator,
	findAnyFiles,
	loadFile,
	matchFile as matchPresetFile,
	type Reading,
	type SourceFile,
	UnreadableFileError,
	type ValidatedFile,
	withDecimal,
} from '../bronze';
import type { InspectedFile } from './inspected-file';
import { firstRecords, type Landing } from './landing';
import { matchDataset, matchFile } from './match-file';
import { nextCommands } from './next-commands';
import { type PreviewedSource, previewSource } from './preview-source';
import { profileColumns } from './profile-columns';

export interface InspectOptions {
	readonly files: readonly string[];
	/** What all files are; by default each file's name and columns say it. */
	readonly dataset?: DatasetName;
	readonly reading?: Reading;
	/** What stands before the decimal places of numbers; a point by default. */
	readonly decimal?: DecimalSign;
	/** The instant that the files are validated for; now by default. */
	readonly asOf?: string;
	/** The folder of the presets; by default the product's. */
	readonly presets?: string;
}

const shownRejected = 20;
/** Its columns are unknown then: they are those of its records. */
const noRecords = 'has no records, at most a header';

/** Says what files are, what they fit, and what ingestion would do with them. Reads the files alone, and no lake. */
export async function inspectFiles(context: TaskContext, options: InspectOptions): Promise<Outcome> {
	const { contracts } = await context.project();
	const presets = await listPresets(options.presets);
	const matchPreset = (name: string) =>
		presets.map((preset) => matchPresetFile(preset, name)).find((matched) => matched?.format !== undefined);
	const found = await findAnyFiles(options.files, (bucket) => context.bucket(bucket), contracts.names, matchPreset);
	const [duckdb, folder] = [await context.duckdb(), await context.scratch()];
	const asOf = options.asOf ? parseInstant('--as-of', options.asOf).toISOString() : context.clock().toISOString();
	const validator = await FileValidator.create(
		duckdb,
		folder,
		{ batch: 'inspected', asOf },
		contracts,
		options.decimal ? withDecimal({}, options.decimal, contracts.names) : {},
	);
	const files: InspectedFile[] = [];
	const exported = new Map<string, SourceFile[]>();
	for (const [index, file] of found.entries()) {
		context.progress.update(`inspecting ${file.name}`, index, found.length);
		const read = { ...file, ...options.reading };
		const inspected = await inspectFile({ duckdb, folder, validator, contracts, presets, index }, read, options);
		files.push(inspected);
		const { match } = inspected;
		if (match?.kind === 'preset' && match.fits) exported.set(match.name, [...(exported.get(match.name) ?? []), read]);
	}
	const exports: PreviewedSource[] = [];
	for (const source of presets) {
		const own = exported.get(source.name);
		if (own) exports.push(await previewSource(context, duckdb, source, own, asOf));
	}
	context.progress.clear();
	return { status: 'done', files, exports, next: nextCommands(files, found, options, exports) };
}

interface Inspection {
	readonly duckdb: DuckDb;
	readonly folder: string;
	readonly validator: FileValidator;
	readonly contracts: Contracts;
	readonly presets: readonly SqlSource[];
	/** The place of the file. */
	readonly index: number;
}

async function inspectFile(
	{ duckdb, folder, validator, contracts, presets, index }: Inspection,
	file: SourceFile,
	{ dataset: given }: InspectOptions,
): Promise<InspectedFile> {
	const known = { file: file.name, format: file.format };
	// Nothing that is read here depends on the dataset.
	const source: SourceFile = { ...file, dataset: given ?? file.dataset ?? 'orders' };
	const table = 'inspected';
	try {
		const { readAs } = await loadFile(duckdb, source, { folder: join(folder, `inspected-${index}`), table });
		const { rows } = await duckdb.row(`select count(*) as rows from ${table}`);
		if (Number(rows) === 0) return { ...known, unreadable: noRecords };
		const columns = await profileColumns(duckdb, table);
		const names = columns.map(({ column }) => column);
		const match = given
			? matchDataset(getDataset(contracts, given), names)
			: matchFile(file.name, names, file.dataset, contracts, presets);
		const inspected = { ...known, ...readAs, rows: Number(rows), columns, match };
		if (!match?.fits || match.kind !== 'dataset') return inspected;
		const validated = await validator.validate({ ...source, dataset: match.name }, index, { examples: shownRejected });
		return validated.readable
			? { ...inspected, landing: await describeLanding(duckdb, validated) }
			: { ...inspected, unreadable: validated.why };
	} catch (error) {
		if (error instanceof UnreadableFileError) return { ...known, unreadable: error.why };
		throw error;
	}
}

async function describeLanding(
	duckdb: DuckDb,
	{ received, rejected, byRule, examples, accepted }: Extract<ValidatedFile, { readable: true }>,
): Promise<Landing> {
	return {
		...{ accepted: received - rejected, rejected, rejected_by_rule: byRule },
		examples,
		first: await firstRecords(
			duckdb,
			accepted.map(({ path }) => path),
		),
	};
}
