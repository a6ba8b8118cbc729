import * as z from 'zod';
import { landingFolder, type ObjectStore, prefixes } from '../lake';
import { DataRefusedError, NoInputError, TryAgainError } from '../platform/errors';
import { type BatchFile, type DropBatch, dropBatch } from './batch';
import type { DropSettings } from './settings';

const failure = z.object({
	/** The step that failed, and its error message. */
	step: z.string(),
	reason: z.string(),
	at: z.string(),
	/** When the alert was sent; null until then. */
	alerted: z.string().nullable(),
});
/** The failure of a batch: it is not retried until its files change, or somebody releases it. */
export type Failure = z.infer<typeof failure>;

const verdict = z.object({
	on_invalid: z.enum(['fail', 'quarantine']),
	/** The names of the files that are ingested, and those that can't be read. */
	accepted: z.array(z.string()),
	rejected: z.array(z.string()),
});
/** The result of validating a batch; the later steps follow it. */
export type Verdict = z.infer<typeof verdict>;

/** A batch that is under way or held, and its records. */
export interface KnownBatch {
	readonly batch: DropBatch;
	readonly failure: Failure | undefined;
	/** The names of files that were quarantined because they can't be read. */
	readonly rejected: readonly string[];
	/** Whether its records are in the lake: its files only have to be moved away, and belong to no other batch. */
	readonly loaded: boolean;
}

/** The objects that record a batch: `incoming/_batches/<batch>/…` until it is done. */
const parts = { batch: 'batch.json', verdict: 'verdict.json', failure: 'failed.json', loaded: 'loaded.json' } as const;

/** Maximum tries to write a record that others create and delete concurrently. */
const maxTries = 5;

/** The records about batches, kept beside the files. */
export class DropLedger {
	constructor(
		readonly store: ObjectStore,
		private readonly settings: Pick<DropSettings, 'prefix'>,
	) {}

	/** All batches that are under way or held, oldest first. */
	async batches(): Promise<KnownBatch[]> {
		const folder = `${this.settings.prefix}_batches/`;
		const listed = new Set<string>();
		for await (const { key } of this.store.list(folder)) listed.add(key.slice(folder.length).split('/')[0] ?? '');
		const known = await Promise.all([...listed].map((id) => this.find(id)));
		const found = known.filter((batch) => batch !== undefined);
		return found.sort((a, b) => (a.batch.as_of < b.batch.as_of ? -1 : 1));
	}

	/** A batch that is under way or held; undefined if there is none of that name. */
	async find(id: string): Promise<KnownBatch | undefined> {
		const [batch, failed, given, loaded] = await Promise.all([
			this.read(this.key(id, 'batch'), dropBatch),
			this.failure(id),
			this.verdict(id),
			this.store.getText(this.key(id, 'loaded')),
		]);
		return (
			batch && {
				batch,
				failure: failed?.failure,
				rejected: given?.rejected ?? [],
				loaded: loaded !== undefined,
			}
		);
	}

	/**
	 * A batch to work on.
	 * Throws NoInputError if it is already done or held, or unknown.
	 */
	async open(id: string): Promise<KnownBatch> {
		const known = await this.find(id);
		if (!known) {
			throw new NoInputError(
				(await this.isDone(id))
					? `Batch ${id} is done: its files are in ${processedFolder(id)}. Nothing is left to do.`
					: `There is no batch ${id}. 'shoplake filedrop status' lists the batches.`,
			);
		}
		if (known.failure) throw new NoInputError(heldMessage(known.batch, known.failure));
		return known;
	}

	/** Records a batch; returns the recorded one if there already is one of that name. */
	async recordBatch(batch: DropBatch): Promise<DropBatch> {
		const key = this.key(batch.batch, 'batch');
		for (let round = 0; round < maxTries; round++) {
			if (await this.store.createText(key, JSON.stringify(batch, null, '\t'))) return batch;
			const noted = await this.read(key, dropBatch);
			if (noted) return noted;
		}
		throw new TryAgainError(`${key} keeps being written and deleted by others. Run it again later.`);
	}

	verdict(id: string): Promise<Verdict | undefined> {
		return this.read(this.key(id, 'verdict'), verdict);
	}

	async putVerdict(id: string, given: Verdict): Promise<void> {
		await this.store.putText(this.key(id, 'verdict'), JSON.stringify(given));
	}

	async failure(id: string): Promise<{ readonly failure: Failure; readonly etag: string } | undefined> {
		const found = await this.store.getTextObject(this.key(id, 'failure'));
		return found && { failure: failure.parse(JSON.parse(found.text)), etag: found.etag };
	}

	/** Records a failure unless there already is one. */
	async recordFailure(id: string, noted: Failure): Promise<void> {
		await this.store.createText(this.key(id, 'failure'), JSON.stringify(noted));
	}

	async changeFailure(id: string, changed: Failure, etag: string): Promise<void> {
		await this.store.replaceText(this.key(id, 'failure'), JSON.stringify(changed), etag);
	}

	/** Deletes a failure, and the verdict that may have led to it: the batch starts over. */
	async releaseBatch(id: string): Promise<void> {
		// The failure last: until then the batch is held.
		await this.store.delete([this.key(id, 'verdict')]);
		await this.store.delete([this.key(id, 'failure')]);
	}

	async recordLoaded(id: string, at: Date): Promise<void> {
		await this.store.createText(this.key(id, 'loaded'), JSON.stringify({ at: at.toISOString() }));
	}

	async isDone(id: string): Promise<boolean> {
		return (await this.store.getText(doneKey(id))) !== undefined;
	}

	/** Records that a batch is done, in the folder of its processed files. */
	async recordDone(batch: DropBatch, given: Verdict): Promise<void> {
		await this.store.putText(doneKey(batch.batch), JSON.stringify({ ...batch, ...given }, null, '\t'));
	}

	/** Deletes all records about a batch that is done, or whose files have changed. The batch itself goes last. */
	async deleteRecords(id: string): Promise<void> {
		await this.store.delete([this.key(id, 'verdict'), this.key(id, 'failure'), this.key(id, 'loaded')]);
		await this.store.delete([this.key(id, 'batch')]);
	}

	private key(id: string, part: keyof typeof parts): string {
		return `${this.settings.prefix}_batches/${id}/${parts[part]}`;
	}

	private async read<T>(key: string, schema: z.ZodType<T>): Promise<T | undefined> {
		const found = await this.store.getText(key);
		if (found === undefined) return undefined;
		try {
			return schema.parse(JSON.parse(found));
		} catch (error) {
			throw new DataRefusedError(`${key} is not what the file drop wrote there: ${(error as Error).message}`);
		}
	}
}

/** Where the files of a batch are moved once it is in the lake. */
export const processedFolder = (id: string): string => `${prefixes.processed}${id}/`;
/** Where files that can't be read are moved, beside the report on what is wrong. */
export const rejectedFolder = (id: string): string => `${prefixes.rejected}${id}/`;
export const reportKey = (id: string): string => `${rejectedFolder(id)}report.txt`;
/** Where `ingest` finds a file of a batch. */
export const landingKey = (id: string, { dataset, name }: Pick<BatchFile, 'dataset' | 'name'>): string =>
	`${landingFolder(dataset, id)}${name}`;

const doneKey = (id: string): string => `${processedFolder(id)}_batch.json`;

/** Why a batch is held, and what to do. */
export function heldMessage({ batch }: DropBatch, { step, at, reason }: Failure): string {
	const [first = ''] = reason.split('\n');
	const sentence = /[.!?]$/.test(first) ? first : `${first}.`;
	return `Batch ${batch} failed at ${step} on ${at} and is held: ${sentence} It is retried when its files change, or after 'shoplake filedrop retry --batch ${batch}'.`;
}
