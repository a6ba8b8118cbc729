import type { TaskContext } from '../context';
import type { DuckDbEngine } from '../engine';
import type { ObjectStore } from '../lake';
import { checkDateFormats, type DatasetFile, FileValidator, type Mapping, readMapping } from '../pipeline/bronze';
import { UsageError } from '../platform/errors';
import { isSourceFolder } from '../sources';
import type { BatchFile, DropBatch } from './batch';
import { References } from './references';

/** Something wrong with a file, or with one of its lines. */
export interface Fault {
	readonly line?: number;
	/** A contract's rule, `unreadable`, `unknown_order` or `unknown_product`. */
	readonly rule: string;
	/** What is wrong, as a sentence without its end. */
	readonly message: string;
}

/** The result of validating a file. */
export interface ValidatedFile {
	readonly file: BatchFile;
	/** Whether it can be read at all. */
	readonly readable: boolean;
	readonly received: number;
	/** Records that break their contract. */
	readonly rejected: number;
	/** Lines with an unknown order or product. */
	readonly unknown: number;
	/** The first faults, by line. */
	readonly faults: readonly Fault[];
}

/** Maximum faults reported per file; a person fixes these first and sends the file again. */
const reportedPerFile = 50;

/**
 * Validates all files of a batch as `ingest` will, then the references of their items. Each file is read once, from start
 * to end, in bounded memory. `refuses`: a batch with rejected records will be refused; they are kept for `lake_refused`. `map`
 * is the mapping file that `ingest` will be given.
 */
export async function validateFiles(
	context: TaskContext,
	store: ObjectStore,
	batch: DropBatch,
	{ refuses, map }: { readonly refuses: boolean; readonly map?: string | undefined },
): Promise<ValidatedFile[]> {
	const [engine, lake] = await Promise.all([context.engine(), context.lake()]);
	const mapping = map === undefined ? {} : await readDropMapping(context, engine, map);
	const options = { batch: batch.batch, asOf: batch.as_of };
	const validator = await FileValidator.create(engine.duckdb, engine.scratch, options, lake.contracts, mapping);
	const references = new References(engine);
	const validated: ValidatedFile[] = [];
	for (const [index, file] of batch.files.entries()) {
		context.progress.update(`checking ${file.name}`, index, batch.files.length);
		const found = await validator.validate(sourceFile(store, file), index, { examples: reportedPerFile });
		if (!found.readable) {
			const faults = [{ rule: 'unreadable', message: found.why }];
			validated.push({ file, readable: false, received: 0, rejected: 0, unknown: 0, faults });
			continue;
		}
		const { received, rejected, examples, accepted } = found;
		await references.add(file.dataset, file.name, accepted);
		validated.push({ file, readable: true, received, rejected, unknown: 0, faults: examples });
	}
	context.progress.clear();
	if (refuses) await validator.keepRefused(context);
	const { lines, examples } = await references.findUnknownLines(await lake.newest(), reportedPerFile);
	return validated.map((found) => {
		const own = examples.filter(({ file }) => file === found.file.name);
		const faults = own.map(({ line, column, id }) => ({
			line,
			rule: column === 'order_id' ? 'unknown_order' : 'unknown_product',
			message: `${column} '${id}' is in no file of this drop, and the lake does not know it`,
		}));
		const all = [...found.faults, ...faults].sort((a, b) => (a.line ?? 0) - (b.line ?? 0)).slice(0, reportedPerFile);
		return { ...found, unknown: lines[found.file.name] ?? 0, faults: all };
	});
}

/** Reads the mapping file; throws UsageError for a folder of SQL: the files of a drop are those of its datasets. */
async function readDropMapping(context: TaskContext, { duckdb }: DuckDbEngine, map: string): Promise<Mapping> {
	if (await isSourceFolder(map)) {
		throw new UsageError(
			`--map ${map} is a folder of SQL, and the file drop takes a mapping file only: its files are named after their datasets. Load a shop's export with 'shoplake ingest', or by the landing zone.`,
		);
	}
	const mapping = await readMapping(map, (bucket) => context.bucket(bucket), (await context.lake()).contracts);
	await checkDateFormats(duckdb, map, mapping);
	return mapping;
}

const sourceFile = (store: ObjectStore, file: BatchFile): DatasetFile => ({
	dataset: file.dataset,
	name: file.name,
	location: file.key,
	format: 'csv',
	gzip: file.name.endsWith('.gz'),
	open: () => store.read(file.key, file.version),
});
