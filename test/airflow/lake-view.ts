import { openAwsLake } from '../support/aws-lake';
import type { State } from '../support/state';

/** What users of a lake see: Silver and Gold of the newest head, and the sorted items of the KPI tables. */
export interface LakeView {
	readonly tables: State;
	readonly items: readonly string[];
}

/** Reads the lake that a task's environment names. */
export async function readView(env: NodeJS.ProcessEnv): Promise<LakeView> {
	const lake = openAwsLake(env);
	return { tables: await lake.tables(), items: await lake.items() };
}
