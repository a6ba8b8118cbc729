import { openAwsLake } from '../support/aws-lake';
import type { State } from '../support/state';

/** What users of a lake see: Silver and Gold of the newest head, and the items of the KPI tables in order. */
export interface LakeView {
	readonly tables: State;
	readonly items: readonly string[];
}

/** The lake that a task's environment names, as its users see it. */
export async function readView(env: NodeJS.ProcessEnv): Promise<LakeView> {
	const lake = openAwsLake(env);
	return { tables: await lake.tables(), items: await lake.items() };
}
