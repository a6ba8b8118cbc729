import type { TaskContext } from '../context';
import type { ObjectStore, ObjectVersion } from '../lake';
import { type DropSettings, readDropSettings } from './settings';

/** A file drop: its bucket, and how it is set up. */
export interface DropPlace {
	/** It keeps versions. */
	readonly store: ObjectStore;
	readonly settings: DropSettings;
}

/** The drop that the environment names. */
export async function dropPlace(context: TaskContext, env: NodeJS.ProcessEnv): Promise<DropPlace> {
	const settings = readDropSettings(env, context.config.bucket);
	return { store: await context.bucket(settings.bucket), settings };
}

/** The newest versions of what lies in the drop's folder, in key order. */
export async function listDropped({ store, settings }: DropPlace): Promise<ObjectVersion[]> {
	const found: ObjectVersion[] = [];
	for await (const object of store.listVersions(settings.prefix)) found.push(object);
	return found;
}
