import { paginateGetTables } from '@aws-sdk/client-glue';
import type { TaskContext } from '../../context';
import { longestRunMs } from '../../lake';
import { dropScratchTables } from '../../lake/iceberg/scratch-catalog';

/**
 * Drops the tables that runs on Athena made for themselves and left behind longer than `graceMs` ago, which is at least the
 * longest run. Returns how many these are; a dry run only counts them. Their files are for `vacuum`.
 */
export async function dropOldScratchTables(
	{ aws, config, lake }: Pick<TaskContext, 'aws' | 'config' | 'lake'>,
	{ graceMs, dryRun }: { readonly graceMs: number; readonly dryRun: boolean },
): Promise<number> {
	const glue = await aws.glue();
	const database = config.scratchDatabase;
	const cutOff = (await (await lake()).now()).getTime() - Math.max(graceMs, longestRunMs);
	const names: string[] = [];
	try {
		for await (const { TableList = [] } of paginateGetTables({ client: glue }, { DatabaseName: database })) {
			const old = TableList.filter(({ CreateTime }) => CreateTime && CreateTime.getTime() < cutOff);
			names.push(...old.flatMap(({ Name }) => Name ?? []));
		}
	} catch (error) {
		// A stack that was deployed before it had the database.
		if ((error as Error).name === 'EntityNotFoundException') return 0;
		throw error;
	}
	if (!dryRun) await dropScratchTables({ glue, database }, names);
	return names.length;
}
