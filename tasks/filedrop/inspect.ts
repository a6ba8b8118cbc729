import type { TaskContext } from '../context';
import { Examiner, type SourceFile } from '../pipeline/bronze';
import type { BatchFile, DropBatch } from './batch';
import type { DropStore } from './drop-store';
import { References } from './references';

/** Something wrong with a file, or with one of its lines. */
export interface Fault {
	readonly line?: number;
	/** A contract's rule, `unreadable`, `unknown_order` or `unknown_product`. */
	readonly rule: string;
	/** What is wrong, as a sentence without its end. */
	readonly message: string;
}

/** What was found out about a file. */
export interface InspectedFile {
	readonly file: BatchFile;
	/** Whether it can be read at all. */
	readonly readable: boolean;
	readonly received: number;
	/** Records that break their contract. */
	readonly rejected: number;
	/** Lines that name an order or a product that nobody knows. */
	readonly unknown: number;
	/** The first faults, by line. */
	readonly faults: readonly Fault[];
}

/** So many faults of a file are told; a person mends the first ones and sends it again. */
const toldPerFile = 50;

/**
 * Looks at all files of a batch as `ingest` will, then at what their items refer to. A file is read once, from start to
 * end, in bounded memory. `refuses`: a batch with rejected records will be refused; they are kept for `lake_refused`.
 */
export async function inspect(
	context: TaskContext,
	store: DropStore,
	batch: DropBatch,
	{ refuses }: { readonly refuses: boolean },
): Promise<InspectedFile[]> {
	const [duckdb, scratch, lake] = await Promise.all([context.duckdb(), context.scratch(), context.lake()]);
	const examiner = await Examiner.create(duckdb, scratch, { batch: batch.batch, asOf: batch.as_of });
	const references = new References({ store: lake.store, duckdb, scratch });
	const inspected: InspectedFile[] = [];
	for (const [index, file] of batch.files.entries()) {
		context.progress.update(`checking ${file.name}`, index, batch.files.length);
		const found = await examiner.examine(sourceFile(store, file), index, { examples: toldPerFile });
		if (!found.readable) {
			const faults = [{ rule: 'unreadable', message: found.why }];
			inspected.push({ file, readable: false, received: 0, rejected: 0, unknown: 0, faults });
			continue;
		}
		const { received, rejected, examples, accepted } = found;
		await references.add(file.dataset, file.name, accepted);
		inspected.push({ file, readable: true, received, rejected, unknown: 0, faults: examples });
	}
	context.progress.clear();
	if (refuses) await examiner.keepRefused(context);
	const { lines, examples } = await references.unknown(await lake.newest(), toldPerFile);
	return inspected.map((found) => {
		const own = examples.filter(({ file }) => file === found.file.name);
		const faults = own.map(({ line, column, id }) => ({
			line,
			rule: column === 'order_id' ? 'unknown_order' : 'unknown_product',
			message: `${column} '${id}' is in no file of this drop, and the lake does not know it`,
		}));
		const all = [...found.faults, ...faults].sort((a, b) => (a.line ?? 0) - (b.line ?? 0)).slice(0, toldPerFile);
		return { ...found, unknown: lines[found.file.name] ?? 0, faults: all };
	});
}

const sourceFile = (store: DropStore, file: BatchFile): SourceFile => ({
	dataset: file.dataset,
	name: file.name,
	location: file.key,
	format: 'csv',
	gzip: file.name.endsWith('.gz'),
	open: () => store.read(file),
});
