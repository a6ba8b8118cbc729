import type { TaskContext } from '../context';
import type { ObjectStore, ObjectVersion } from '../lake';
import { type DropSettings, readDropSettings } from './settings';

/** A file drop: its bucket and its settings. */
export interface Drop {
	/** The bucket; it keeps versions. */
	readonly store: ObjectStore;
	readonly settings: DropSettings;
}

/** Opens the drop that the environment names. */
export async function openDrop(context: TaskContext, env: NodeJS.ProcessEnv): Promise<Drop> {
	const settings = readDropSettings(env, context.config.bucket);
	return { store: await context.bucket(settings.bucket), settings };
}

/** The newest versions of the objects in the drop's folder, in key order. */
export async function listDropped({ store, settings }: Drop): Promise<ObjectVersion[]> {
	const found: ObjectVersion[] = [];
	for await (const object of store.listVersions(settings.prefix)) found.push(object);
	return found;
}
