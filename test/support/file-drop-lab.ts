import { randomUUID } from 'node:crypto';
import { PutBucketVersioningCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { TaskContext } from '../../tasks/context';
import { archive, dropPlace, gate, lock, notify, retry, status, unlock, validate } from '../../tasks/filedrop';
import type { DropPlace } from '../../tasks/filedrop/drop-place';
import { ingestBatch } from '../../tasks/pipeline/bronze';
import { aggregate } from '../../tasks/pipeline/gold';
import { loadKpis } from '../../tasks/pipeline/serving';
import { clean } from '../../tasks/pipeline/silver';
import type { Outcome } from '../../tasks/platform/result';
import { deployLake, lakeContext } from './aws-lake';

const leaseMs = 3600_000;

/** A file drop on the AWS that the environment names, with its lake, and its steps as a run does them. */
export interface FileDropLab {
	/** The environment of a task on this lake. */
	readonly env: NodeJS.ProcessEnv;
	readonly context: TaskContext;
	readonly place: DropPlace;
	/** Drops files, by name. */
	drop(files: Readonly<Record<string, string | Buffer>>): Promise<void>;
	/** The current objects under a prefix, by key without it. */
	objects(prefix: string): Promise<Record<string, string>>;
	gate(): Promise<Outcome>;
	lock(holder: string): Promise<Outcome>;
	unlock(holder: string): Promise<Outcome>;
	validate(batch: string, onInvalid?: 'fail' | 'quarantine'): Promise<Outcome>;
	/** From `ingest` to `load-kpis`, as validation has said. */
	load(valid: Outcome): Promise<void>;
	archive(batch: string): Promise<Outcome>;
	notify(batch: string, reason: string): Promise<Outcome>;
	retry(): Promise<Outcome>;
	status(batch?: string): Promise<Outcome>;
	dispose(): Promise<void>;
}

/** `env` is added to the environment of the tasks. */
export async function makeFileDropLab(bucket: string, env: NodeJS.ProcessEnv = {}): Promise<FileDropLab> {
	const own = { ...(await deployLake(bucket)), ...env };
	const s3 = new S3Client({ forcePathStyle: true });
	await s3.send(new PutBucketVersioningCommand({ Bucket: bucket, VersioningConfiguration: { Status: 'Enabled' } }));
	const { context, dispose } = lakeContext('filedrop', own);
	const place = await dropPlace(context, own);
	const step = () => context.step(randomUUID());
	const lake = await context.lake();
	return {
		env: own,
		context,
		place,
		drop: async (files) => {
			for (const [name, Body] of Object.entries(files)) {
				await s3.send(new PutObjectCommand({ Bucket: bucket, Key: `incoming/${name}`, Body }));
			}
		},
		objects: async (prefix) => {
			const found: Record<string, string> = {};
			for await (const { key } of lake.store.list(prefix)) {
				found[key.slice(prefix.length)] = (await lake.store.getText(key)) ?? '';
			}
			return found;
		},
		gate: () => gate(step(), place),
		lock: (holder) => lock(step(), place, { holder, leaseMs }),
		unlock: (holder) => unlock(step(), place, { holder }),
		validate: (batch, onInvalid = 'fail') => validate(step(), place, { batch, onInvalid, leaseMs }),
		load: async ({ batch, as_of, max_rejected }) => {
			const id = String(batch);
			const maxRejected = max_rejected === '0%' ? 0 : 1;
			await ingestBatch(step(), { batch: id, asOf: String(as_of), maxRejected });
			await clean(step(), { batches: [id] });
			await aggregate(step(), { kind: 'all' });
			await loadKpis(step(), { kind: 'all' });
		},
		archive: (batch) => archive(step(), place, { batch, leaseMs }),
		notify: (batch, reason) => notify(step(), place, { batch, step: 'filedrop validate', reason }),
		retry: () => retry(place, {}),
		status: (batch) => status(context, place, { batch }),
		dispose,
	};
}

/** The header of each kind of file, and some lines that go together. */
export const csv = {
	orders: (...lines: string[]) => text('order_id,user_id,order_date,total_amount,status', lines),
	items: (...lines: string[]) => text('order_id,product_id,quantity,unit_price', lines),
	products: (...lines: string[]) => text('product_id,category,name,price', lines),
};

const text = (header: string, lines: readonly string[]) => [header, ...lines, ''].join('\n');

/** A drop of five orders, each in a file of its own with its items, all of one day. */
export function soundDrop(date: string): Record<string, string> {
	const numbers = [1, 2, 3, 4, 5];
	return Object.fromEntries([
		...numbers.map((n) => [`orders_${n}.csv`, csv.orders(`O-${date}-${n},U-${n},${date},${n}0.00,completed`)]),
		...numbers.map((n) => [`order_items_${n}.csv`, csv.items(`O-${date}-${n},P-1,${n},10.00`)]),
		['products.csv', csv.products('P-1,Toys,Ball,10.00')],
	]);
}
