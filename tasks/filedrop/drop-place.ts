import type { TaskContext } from '../context';
import type { DropStore } from './drop-store';
import { type DropSettings, readDropSettings } from './settings';

/** A file drop: its bucket, and how it is set up. */
export interface DropPlace {
	readonly store: DropStore;
	readonly settings: DropSettings;
}

/** The drop that the environment names. */
export async function dropPlace({ aws, config }: TaskContext, env: NodeJS.ProcessEnv): Promise<DropPlace> {
	const settings = readDropSettings(env, config.bucket);
	const { S3DropStore } = await import('./s3-drop-store');
	return { store: new S3DropStore(await aws.s3(), settings.bucket), settings };
}
