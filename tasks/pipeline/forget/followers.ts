import type { TaskContext } from '../../context';
import { isServing, prefixes } from '../../lake';
import { PartlyRefusedError } from '../../platform/errors';
import { crawl, listGlueLocations } from '../catalog';
import { loadKpis } from '../serving';

/** What follows the lake's newest head elsewhere, and has to have followed before files are deleted. */
export interface Followers {
	/** Publishes the newest head to the catalogue; returns the keys of the Iceberg metadata that it then names. */
	publish(context: TaskContext): Promise<ReadonlySet<string>>;
	/** Loads DynamoDB, if it has been loaded before. */
	load(context: TaskContext): Promise<void>;
}

/** The Glue catalogue and DynamoDB. */
export const awsFollowers: Followers = {
	publish: async (context) => {
		// A lake that was never crawled has nothing to bring up to date.
		if ((await listGlueLocations(context)).length === 0) return new Set();
		await crawl(context);
		return new Set((await listGlueLocations(context)).filter((key) => key.startsWith(prefixes.iceberg)));
	},
	load: async (context) => {
		const { tables } = (await (await context.lake()).newest()).head;
		if (!Object.keys(tables).some(isServing)) return;
		await loadAll(context);
	},
};

/** Loads all dates; a row that DynamoDB can't hold does not stop the erasure. */
async function loadAll(context: TaskContext): Promise<void> {
	await loadKpis(context, { kind: 'all' }).catch((error: unknown) => {
		if (!(error instanceof PartlyRefusedError)) throw error;
		context.log.warn(error.message);
	});
}
