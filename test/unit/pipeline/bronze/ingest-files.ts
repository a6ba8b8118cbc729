import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { DatasetName } from '../../../../tasks/contracts';
import { type IngestOptions, ingestBatch } from '../../../../tasks/pipeline/bronze';
import { clean } from '../../../../tasks/pipeline/silver';
import { ShoplakeError } from '../../../../tasks/platform/errors';
import type { Outcome } from '../../../../tasks/platform/result';
import { noProject } from '../../../../tasks/project';
import { inContext, readTable } from '../../../support/context';
import { MemoryStore } from '../../../support/memory-store';
import type { Row } from '../../../support/model';
import { readStoredRecords } from '../../../support/stored-records';

/** Files to ingest, by their paths below the source. */
export type Files = Readonly<Record<string, string | Buffer>>;
export type Options = Partial<Omit<IngestOptions, 'map' | 'sources'>> & {
	/** A mapping, as JSON or as a value. */
	readonly map?: unknown;
	/** The files of an SQL source, whose folder is called `my-shop`. */
	readonly source?: Files;
	/** The zone of the shop's days; UTC by default. */
	readonly timeZone?: string | undefined;
};

export interface Ingested {
	readonly outcome: Outcome;
	/** Bronze's records, in the order of arrival. */
	readonly bronze: readonly Record<string, unknown>[];
	/** As `file:line rule: message`. */
	readonly quarantine: readonly string[];
	/** The rejected records' own texts. */
	readonly raw: readonly string[];
}

/** Ingests files as a batch (2026-11-20, all kinds of dirt allowed), into an empty lake unless one is given. */
export async function ingestFiles(
	files: Files,
	{ timeZone, ...options }: Options = {},
	store = new MemoryStore(),
): Promise<Ingested> {
	const project = { ...noProject, config: timeZone === undefined ? {} : { timeZone } };
	const before = new Set(store.keys());
	return inFolder(files, options, async (sources, given) => {
		return inContext({ store, project }, async (context) => {
			const outcome = await ingestBatch(context, { batch: '2026-11-20', maxRejected: 1, ...given, sources });
			const added = store.keys().filter((key) => !before.has(key));
			const bronze = await readStoredRecords(context, store, 'bronze', added);
			const rejected = await readStoredRecords(
				context,
				store,
				'quarantine',
				added.filter((key) => key.endsWith('rejected.ndjson.zst')),
			);
			return {
				outcome,
				bronze: bronze.sort((a, b) => Number(a._file) - Number(b._file) || Number(a._line) - Number(b._line)),
				quarantine: rejected.map(({ file, line, rule, message }) => `${file}:${line} ${rule}: ${message}`),
				raw: rejected.map(({ raw }) => String(raw)),
			};
		});
	});
}

/** How files are refused: the error's kind and message (without the folder), and what is left in the store. */
export async function ingestRefusal(files: Files, options: Options = {}) {
	return inFolder(files, options, async (sources, given, folder) => {
		const store = new MemoryStore();
		return inContext({ store }, async (context) => {
			const error = await ingestBatch(context, { batch: '2026-11-20', maxRejected: 1, ...given, sources }).then(
				() => undefined,
				(thrown: unknown) => thrown,
			);
			if (!(error instanceof ShoplakeError)) throw error ?? new Error('nothing is refused');
			const message = error.message.replaceAll(`${folder}/`, '');
			return { exitCode: error.exitCode, message, stored: store.keys() };
		});
	});
}

/** Admits batches of a lake (2026-11-20) and returns the rows of a Silver table, ordered by their first column. */
export async function cleaned(store: MemoryStore, dataset: DatasetName, batches = ['2026-11-20']): Promise<Row[]> {
	return inContext({ store }, async (context) => {
		await clean(context, { batches });
		const rows = await readTable(context, `silver_${dataset}`);
		const first = (row: Row) => String(Object.values(row)[0]);
		return rows.sort((a, b) => (first(a) < first(b) ? -1 : 1));
	});
}

async function inFolder<T>(
	files: Files,
	{ map, source, ...options }: Options,
	work: (sources: string[], options: Partial<IngestOptions>, folder: string) => Promise<T>,
): Promise<T> {
	const folder = await mkdtemp(join(tmpdir(), 'shoplake-sources-'));
	try {
		const write = async (path: string, content: string | Buffer) => {
			await mkdir(dirname(join(folder, path)), { recursive: true });
			await writeFile(join(folder, path), content);
		};
		for (const [path, content] of Object.entries(files)) await write(join('in', path), content);
		for (const [path, content] of Object.entries(source ?? {})) await write(join('my-shop', path), content);
		if (source) return await work([join(folder, 'in')], { ...options, map: join(folder, 'my-shop') }, folder);
		if (map === undefined) return await work([join(folder, 'in')], options, folder);
		await write('map.json', typeof map === 'string' ? map : JSON.stringify(map));
		return await work([join(folder, 'in')], { ...options, map: join(folder, 'map.json') }, folder);
	} finally {
		await rm(folder, { recursive: true });
	}
}

const order = { order_id: 'o1', user_id: 'u1', order_date: '2026-11-20', total_amount: '1.00', status: 'pending' };
const orderHeader = 'order_id,user_id,order_date,total_amount,status';

/** An order as a line of NDJSON; `changes` are JSON texts of values, so that numbers stay as they are spelt. */
export function orderLine(changes: Readonly<Record<string, string>> = {}): string {
	const fields = {
		...Object.fromEntries(Object.entries(order).map(([name, value]) => [name, JSON.stringify(value)])),
		...changes,
	};
	return `{${Object.entries(fields)
		.map(([name, json]) => `${JSON.stringify(name)}:${json}`)
		.join(',')}}`;
}

/** A CSV file of orders: the header, then these lines. */
export const orderCsv = (...lines: readonly string[]): string => `${[orderHeader, ...lines].join('\n')}\n`;
export const csvOrder = 'o1,u1,2026-11-20,1.00,pending';
