import * as fc from 'fast-check';
import type { Scope } from '../../tasks/lake/scope';
import { Admissions, type DatasetName, datasetNames, plusDays, type SourceFile, type SourceRecord } from './model';
import { asCsvRow, type Pool, pools, recordSketches, sourceRecord } from './source-records';

/** A step of a history: one task, or two side by side. */
export type Step = Task | { readonly do: 'together'; readonly first: Task; readonly second: Task };

export interface Ingestion {
	readonly do: 'ingest';
	readonly batch: string;
	readonly datasets: Readonly<Partial<Record<DatasetName, readonly SourceFile[]>>>;
	/** What `--as-of` says. */
	readonly asOf: string | undefined;
}

export type Task =
	| Ingestion
	| { readonly do: 'clean'; readonly batches: readonly string[] }
	| { readonly do: 'withdraw'; readonly batch: string }
	| { readonly do: 'aggregate'; readonly scope?: Scope };

/** Daily batches, and others whose as-of is given or that of their first ingestion; bytewise `Late` < `late`. */
export const batchIds = ['2026-11-19', '2026-11-20', '2026-11-21', 'Late', 'late', '2026-11-20b'] as const;
const asOfs = ['2026-11-18T12:00:00.000Z', '2026-11-20T00:00:00.000Z', '2026-11-21T00:00:00.000Z'] as const;

/** An array of any length within its bounds: by itself fast-check prefers short ones, in which little happens. */
const full = <T>(arbitrary: fc.Arbitrary<T>, minLength: number, maxLength: number) =>
	fc.array(arbitrary, { minLength, maxLength, size: 'max' });

const batch = fc.constantFrom(...batchIds);

/** Names that sort differently by bytes, by letters and by their numbers. */
const subfolders = fc.constantFrom('', 'B/', 'a/', 'ä/');
const suffixes = fc.constantFrom('', '-10', '-9', '_x');
const formats = fc.constantFrom('.ndjson', '.ndjson', '.csv', '.ndjson.gz', '.jsonl', '.csv.gz');

const files = (minRecords: number, maxRecords: number) =>
	full(
		fc.record({
			source: fc.nat(1),
			subfolder: subfolders,
			suffix: suffixes,
			format: formats,
			records: full(recordSketches, minRecords, maxRecords),
		}),
		1,
		2,
	);

/** Absent one time in twelve: most batches bring every dataset. */
const mostly = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { freq: 12, nil: undefined });

const ingestSketch = fc.record({
	do: fc.constant('ingest' as const),
	batch,
	asOf: fc.option(fc.constantFrom(...asOfs), { freq: 2, nil: undefined }),
	datasets: fc.record({
		orders: mostly(files(1, 4)),
		order_items: mostly(files(2, 6)),
		products: mostly(files(1, 3)),
		events: mostly(files(1, 4)),
		gadget_sales: fc.option(files(1, 4), { freq: 2, nil: undefined }),
	}),
});
type IngestSketch = typeof ingestSketch extends fc.Arbitrary<infer T> ? T : never;
type FileSketch = NonNullable<IngestSketch['datasets']['orders']>[number];

const others: fc.Arbitrary<Exclude<Task, { do: 'ingest' }>> = fc.oneof(
	{
		weight: 5,
		arbitrary: fc.record({
			do: fc.constant('clean' as const),
			batches: fc.uniqueArray(batch, { minLength: 1, maxLength: batchIds.length }),
		}),
	},
	{ weight: 1, arbitrary: fc.record({ do: fc.constant('withdraw' as const), batch }) },
	{ weight: 2, arbitrary: fc.record({ do: fc.constant('aggregate' as const) }) },
);
const taskSketch = fc.oneof({ weight: 3, arbitrary: ingestSketch }, { weight: 2, arbitrary: others });
type TaskSketch = typeof taskSketch extends fc.Arbitrary<infer T> ? T : never;

/** A random batch of a shop of its own. */
export const ingestions: fc.Arbitrary<Ingestion> = fc
	.tuple(pools, ingestSketch)
	.map(([pool, sketch]) => makeIngestion(pool, sketch));

/** Several batches of one shop, each under an id of its own. */
export const ingestionsOfOneShop = (count: number): fc.Arbitrary<Ingestion[]> =>
	fc
		.tuple(
			pools,
			fc.array(ingestSketch, { minLength: count, maxLength: count }),
			fc.shuffledSubarray([...batchIds], { minLength: count, maxLength: count }),
		)
		.map(([pool, sketches, ids]) =>
			sketches.map((sketch, index) =>
				makeIngestion(pool, { ...sketch, batch: ids[index] as (typeof batchIds)[number] }),
			),
		);

/** Mostly a batch is cleaned as soon as it is ingested. */
const delivery = fc.tuple(ingestSketch, fc.option(fc.constant('cleaned at once' as const), { freq: 3 }));
const move = fc.oneof(
	{ weight: 6, arbitrary: delivery },
	{ weight: 3, arbitrary: others },
	{ weight: 2, arbitrary: fc.record({ first: taskSketch, second: taskSketch }) },
);

/** A random history of at most `maxMoves` moves, which begins with a batch that is ingested and cleaned. */
export const histories = ({ maxMoves = 8 } = {}): fc.Arbitrary<Step[]> =>
	fc.record({ pool: pools, start: ingestSketch, moves: full(move, 1, maxMoves - 1) }).map(({ pool, start, moves }) => {
		const deliver = (sketch: IngestSketch): Step[] => [
			makeTask(pool, sketch),
			{ do: 'clean', batches: [sketch.batch] },
		];
		const rest = moves.flatMap((made): Step[] => {
			if (Array.isArray(made)) {
				const [sketch, cleaned] = made;
				return cleaned ? deliver(sketch) : [makeTask(pool, sketch)];
			}
			if ('do' in made) return [made];
			return [{ do: 'together', first: makeTask(pool, made.first), second: makeTask(pool, made.second) }];
		});
		return [...deliver(start), ...rest];
	});

function makeTask(pool: Pool, sketch: TaskSketch): Task {
	return sketch.do === 'ingest' ? makeIngestion(pool, sketch) : sketch;
}

function makeIngestion(pool: Pool, sketch: IngestSketch): Ingestion {
	const named = datasetNames.filter((dataset) => sketch.datasets[dataset] !== undefined);
	// A source without a file is no input at all.
	const used = named.length > 0 ? named : (['orders'] as const);
	const datasets = Object.fromEntries(used.map((dataset) => [dataset, makeFiles(pool, dataset, sketch)]));
	return { do: 'ingest', batch: sketch.batch, asOf: sketch.asOf, datasets };
}

function makeFiles(pool: Pool, dataset: DatasetName, { datasets, batch }: IngestSketch): SourceFile[] {
	const fallback: FileSketch = { source: 0, subfolder: '', suffix: '', format: '.ndjson', records: [] };
	const files = new Map<string, SourceFile>();
	for (const { source, subfolder, suffix, format, records } of datasets[dataset] ?? [fallback]) {
		const path = `${subfolder}${dataset}${suffix}${format}`;
		const made: SourceRecord[] = records.map((record) => sourceRecord(pool, dataset, record));
		const writable = path.includes('.csv') ? made.flatMap((record) => asCsvRow(dataset, record)) : made;
		// A file has to hold a record: an empty one is refused.
		const hasRecord = writable.some((record) => typeof record !== 'string' || record.trim() !== '');
		const filler = sourceRecord(pool, dataset, { which: batch.length, spelling: 0, dirt: null });
		files.set(`${source} ${path}`, { source, path, records: hasRecord ? writable : [...writable, filler] });
	}
	return [...files.values()];
}

/**
 * The history without impossible tasks: batches never ingested are not cleaned, only admitted ones are withdrawn. Each
 * of two tasks side by side has to be possible whether or not the other comes first.
 */
export function keepPossible(history: readonly Step[]): Step[] {
	const admissions = new Admissions();
	return history.flatMap((step): Step[] => {
		const wanted = step.do === 'together' ? [step.first, step.second] : [step];
		const [first, second] = wanted.flatMap((task) => keepPossiblePart(task, admissions));
		if (!first) return [];
		const clash = first.do === 'withdraw' && second?.do === 'withdraw' && first.batch === second.batch;
		const together = second !== undefined && !clash;
		// The order in which two tasks side by side commit; instants don't matter here.
		for (const task of together ? [second, first] : [first]) admit(admissions, task, '2026-11-21T06:00:00.000Z');
		return together ? [{ do: 'together', first, second }] : [first];
	});
}

/** The possible part of a task: all of it, some of its batches, or nothing. */
function keepPossiblePart(task: Task, admissions: Admissions): Task[] {
	if (task.do === 'withdraw') return admissions.knows(task.batch, 'admitted') ? [task] : [];
	if (task.do !== 'clean') return [task];
	const batches = task.batches.filter((id) => admissions.knows(id, 'ingested'));
	return batches.length > 0 ? [{ do: 'clean', batches }] : [];
}

/**
 * What a task changes in what the lake admits.
 * @param startedAt when the task began; an instant, ISO 8601 with milliseconds
 */
export function admit(admissions: Admissions, task: Task, startedAt: string): void {
	switch (task.do) {
		case 'ingest':
			for (const [dataset, files] of Object.entries(task.datasets)) {
				admissions.ingest(dataset as DatasetName, task.batch, files, { asOf: task.asOf, startedAt });
			}
			return;
		case 'clean':
			for (const id of task.batches) admissions.clean(id);
			return;
		case 'withdraw':
			admissions.withdraw(task.batch);
			return;
		case 'aggregate':
	}
}

const seasonEnd = '2026-11-21';
const sale = fc.record({
	day: fc.nat(39),
	user: fc.nat(12),
	status: fc.constantFrom('completed', 'completed', 'pending', 'returned', 'cancelled'),
	lines: full(fc.record({ product: fc.nat(3), quantity: fc.integer({ min: 1, max: 9 }), cents: fc.nat(2001) }), 1, 3),
});
type Sale = typeof sale extends fc.Arbitrary<infer T> ? T : never;
const sales = full(sale, 50, 90);

/** A sale as an order of the source; `place` is its number in the season. */
const makeOrder = ({ day, user, status, lines }: Sale, place: number): SourceRecord => ({
	order_id: place,
	user_id: `u${user}`,
	order_date: plusDays('2026-10-12', day),
	total_amount: (lines.reduce((sum, { cents }) => sum + cents, 0) / 100).toFixed(2),
	status,
});
const makeLines = ({ lines }: Sale, place: number): SourceRecord[] =>
	lines.map(({ product, quantity, cents }, line) => ({
		order_id: place,
		line_number: line + 1,
		product_id: `p${product}`,
		quantity,
		unit_price: (cents / 100).toFixed(2),
	}));
/** The catalogue; `moved` is a product that changes its category. */
const catalogue = (moved?: number): SourceRecord[] =>
	[0, 12, 120, 400].map((current_stock, place) => ({
		product_id: `p${place}`,
		name: `Product ${place}`,
		category: place === moved ? 'Sale' : place < 2 ? 'Office' : `Garden ${place}`,
		price: '1.00',
		current_stock,
	}));

const ingestionOfRecords = (
	batch: string,
	records: Readonly<Partial<Record<DatasetName, readonly SourceRecord[]>>>,
): Ingestion => ({
	do: 'ingest',
	batch,
	asOf: `${seasonEnd}T00:00:00.000Z`,
	datasets: Object.fromEntries(
		Object.entries(records)
			.filter(([, own]) => own.length > 0)
			.map(([dataset, own]) => [dataset, [{ source: 0, path: `${dataset}.ndjson`, records: own }]]),
	),
});

/**
 * One batch with sales on most of 40 days: enough for medians, ranks and windows of days. Prices are odd cents, so that
 * halves come out as ties.
 */
export const seasons: fc.Arbitrary<Task> = sales.map((made) =>
	ingestionOfRecords(seasonEnd, {
		orders: made.map(makeOrder),
		order_items: made.flatMap(makeLines),
		products: catalogue(),
	}),
);

const seasonScopes = fc.constantFrom<Scope>(
	{ kind: 'all' },
	{ kind: 'batch', batch: 'part-1' },
	{ kind: 'dates', from: '2026-10-20', to: '2026-11-05' },
);

/**
 * A season that arrives in parts, with Gold recomputed, all or some of it, in between. The last part corrects sales of
 * the first and moves a product to another category; then a part may be withdrawn.
 */
export const growingSeasons: fc.Arbitrary<Step[]> = fc
	.record({
		made: sales,
		parts: full(fc.nat(2), 90, 90),
		scopes: full(seasonScopes, 3, 3),
		corrected: full(sale, 1, 8),
		moved: fc.nat(3),
		withdrawn: fc.option(fc.constantFrom('part-0', 'part-1', 'part-2')),
	})
	.map(({ made, parts, scopes, corrected, moved, withdrawn }) => {
		const steps = [0, 1, 2].flatMap((part): Step[] => {
			const own = made.flatMap((sale, place) => (parts[place] === part ? [{ sale, place }] : []));
			const corrections = part === 2 ? corrected.map(makeOrder) : [];
			const records = {
				orders: [...own.map(({ sale, place }) => makeOrder(sale, place)), ...corrections],
				order_items: own.flatMap(({ sale, place }) => makeLines(sale, place)),
				products: part === 1 ? [] : catalogue(part === 2 ? moved : undefined),
			};
			return [
				ingestionOfRecords(`part-${part}`, records),
				{ do: 'clean', batches: [`part-${part}`] },
				{ do: 'aggregate', scope: scopes[part] as Scope },
			];
		});
		return withdrawn === null ? steps : [...steps, { do: 'withdraw', batch: withdrawn }];
	});
