import { DamagedObjectError } from './damage';
import { headKey } from './heads';
import { type Lake, Snapshot } from './lake';
import { batchFolder, batchManifests, findFolder, lakeLayout, prefixes } from './layout';
import { type Head, listBatchFiles } from './model';

/** Everything that a set of heads names. */
export interface NamedFiles {
	/** Keys of manifests, and of the files that these name. */
	readonly files: ReadonlySet<string>;
	/** Folders with the files of manifests that can't be read: any file there may be named. */
	readonly folders: readonly string[];
	/** A head can't be read: any file of the lake may be named. */
	readonly everything: boolean;
	/** The keys of heads and manifests that are missing or damaged. */
	readonly unreadable: readonly string[];
}

/** Lists what these heads name, and what the `lost` heads may have named. */
export async function listNamedFiles(
	lake: Lake,
	heads: readonly Head[],
	lost: readonly number[],
	layout = lakeLayout,
): Promise<NamedFiles> {
	const files = new Set<string>();
	const folders = new Set<string>();
	const unreadable = lost.map(headKey);
	const once = async (key: string, instead: readonly string[], read: () => Promise<readonly string[]>) => {
		if (files.has(key)) return;
		files.add(key);
		try {
			for (const file of await read()) files.add(file);
		} catch (error) {
			if (!(error instanceof DamagedObjectError)) throw error;
			unreadable.push(key);
			for (const folder of instead) folders.add(folder);
		}
	};
	for (const head of heads) {
		const snapshot = new Snapshot(lake.store, head);
		for (const [name, key] of Object.entries(head.tables)) {
			await once(key, [findFolder(name, layout)], async () =>
				Object.values((await snapshot.table(name)).partitions).flatMap(({ files }) => files.map((file) => file.key)),
			);
		}
		if (head.ledger === null) continue;
		const versions: { dataset: string; batch: string; attempt: string }[] = [];
		await once(head.ledger, [prefixes.bronze, prefixes.quarantine, batchManifests], async () => {
			const { ingested, admitted } = await snapshot.ledger();
			for (const [dataset, batches] of [...Object.entries(ingested), ...Object.entries(admitted)]) {
				for (const [batch, { attempt }] of Object.entries(batches)) versions.push({ dataset, batch, attempt });
			}
			return [];
		});
		for (const { dataset, batch, attempt } of versions) {
			const own = (['bronze', 'quarantine'] as const).map((layer) => batchFolder(layer, { dataset, batch, attempt }));
			await once(lake.batchKey(dataset, batch, attempt), own, async () => {
				const manifest = await lake.batch(dataset, batch, attempt);
				return listBatchFiles(manifest).map(({ key }) => key);
			});
		}
	}
	return { files, folders: [...folders], everything: lost.length > 0, unreadable };
}
