import { z } from 'zod';
import { landingFolder, type ObjectStore, prefixes } from '../lake';
import { DataRefusedError, NoInputError, TryAgainError } from '../platform/errors';
import { type BatchFile, type DropBatch, dropBatch } from './batch';
import type { DropSettings } from './settings';

const failure = z.object({
	/** The step that failed, and its last word. */
	step: z.string(),
	reason: z.string(),
	at: z.string(),
	/** When a person was told; null while that is under way. */
	alerted: z.string().nullable(),
});
/** That a batch has failed: it is not tried again until its files change, or somebody says so. */
export type Failure = z.infer<typeof failure>;

const verdict = z.object({
	on_invalid: z.enum(['fail', 'quarantine']),
	/** The names of the files that are ingested, and those that can't be read. */
	accepted: z.array(z.string()),
	rejected: z.array(z.string()),
});
/** What validation made of a batch; what follows goes by it. */
export type Verdict = z.infer<typeof verdict>;

/** A batch that is under way or held, with what is known of it. */
export interface KnownBatch {
	readonly batch: DropBatch;
	readonly failure: Failure | undefined;
	/** The names of files that were put aside, because they can't be read. */
	readonly rejected: readonly string[];
	/** Its records are in the lake: its files only wait to be moved away, and are nobody else's. */
	readonly loaded: boolean;
}

/** The objects of a batch beside its files: `incoming/_batches/<batch>/…` until it is done. */
const parts = { batch: 'batch.json', verdict: 'verdict.json', failure: 'failed.json', loaded: 'loaded.json' } as const;

/** So often may a record come and go under somebody who writes it. */
const maxRounds = 5;

/** Where the records about batches are kept, beside the files. */
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

	/** A batch that is under way or held; undefined where there is none of that name. */
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
	 * A batch that is to be worked on.
	 * Throws NoInputError where that is done already or held, or where nothing is known of it.
	 */
	async open(id: string): Promise<KnownBatch> {
		const known = await this.find(id);
		if (!known) {
			throw new NoInputError(
				(await this.isDone(id))
					? `Batch ${id} is done: its files are in ${processedFolder(id)}. There is nothing left to do.`
					: `There is no batch ${id}. 'shoplake filedrop status' lists those that there are.`,
			);
		}
		if (known.failure) throw new NoInputError(heldMessage(known.batch, known.failure));
		return known;
	}

	/** Notes a batch; the one that is noted already where there is one of that name. */
	async note(batch: DropBatch): Promise<DropBatch> {
		const key = this.key(batch.batch, 'batch');
		for (let round = 0; round < maxRounds; round++) {
			if (await this.store.createText(key, JSON.stringify(batch, null, '\t'))) return batch;
			const noted = await this.read(key, dropBatch);
			if (noted) return noted;
		}
		throw new TryAgainError(`${key} is written and removed all the time. Look again later.`);
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

	/** Notes a failure unless there is one already. */
	async noteFailure(id: string, noted: Failure): Promise<void> {
		await this.store.createText(this.key(id, 'failure'), JSON.stringify(noted));
	}

	async changeFailure(id: string, changed: Failure, etag: string): Promise<void> {
		await this.store.replaceText(this.key(id, 'failure'), JSON.stringify(changed), etag);
	}

	/** Forgets a failure, and the verdict that may have led to it: the batch is tried afresh. */
	async forgetFailure(id: string): Promise<void> {
		// The failure last: until then the batch is held.
		await this.store.delete([this.key(id, 'verdict')]);
		await this.store.delete([this.key(id, 'failure')]);
	}

	async noteLoaded(id: string, at: Date): Promise<void> {
		await this.store.createText(this.key(id, 'loaded'), JSON.stringify({ at: at.toISOString() }));
	}

	async isDone(id: string): Promise<boolean> {
		return (await this.store.getText(doneKey(id))) !== undefined;
	}

	/** Notes that a batch is done, in the folder that its files have been moved to. */
	async noteDone(batch: DropBatch, given: Verdict): Promise<void> {
		await this.store.putText(doneKey(batch.batch), JSON.stringify({ ...batch, ...given }, null, '\t'));
	}

	/** Removes all records about a batch that is done, or whose files have changed. The batch itself goes last. */
	async forget(id: string): Promise<void> {
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

/** Where the files of a batch are moved to when they are in the lake. */
export const processedFolder = (id: string): string => `${prefixes.processed}${id}/`;
/** Where files that can't be read are moved to, and the report on what was wrong. */
export const rejectedFolder = (id: string): string => `${prefixes.rejected}${id}/`;
export const reportKey = (id: string): string => `${rejectedFolder(id)}report.txt`;
/** Where `ingest` finds a file of a batch. */
export const landingKey = (id: string, { dataset, name }: Pick<BatchFile, 'dataset' | 'name'>): string =>
	`${landingFolder(dataset, id)}${name}`;

const doneKey = (id: string): string => `${processedFolder(id)}_batch.json`;

/** Why a batch is not tried, and what to do. */
export const heldMessage = ({ batch }: DropBatch, { step, at, reason }: Failure): string =>
	`Batch ${batch} failed at ${step} on ${at} and is held: ${reason.split('\n')[0]} It is tried again when its files change, or after 'shoplake filedrop retry --batch ${batch}'.`;
