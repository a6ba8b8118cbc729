import * as z from 'zod';
import { prefixes } from '../lake';
import { readVariables } from '../platform/environment';
import { ConfigurationError } from '../platform/errors';

/** Ten years: longer than anybody waits, and short enough to add to any instant. */
const maxMinutes = 10 * 366 * 24 * 60;

/** The environment variables of the file drop; users know them without a prefix. */
const schema = z.object({
	/** The bucket that files are dropped into; by default the lake's. It must keep versions. */
	S3_BUCKET: z.string().optional(),
	/** The folder that files are dropped into. */
	S3_PREFIX: z.string().default(prefixes.incoming),
	MIN_ORDER_FILES: z.coerce.number().int().nonnegative().default(5),
	MIN_ITEM_FILES: z.coerce.number().int().nonnegative().default(5),
	MIN_PRODUCT_FILES: z.coerce.number().int().nonnegative().default(1),
	FORCE_PROCESS_AFTER_MINUTES: z.coerce.number().nonnegative().max(maxMinutes).default(30),
	THRESHOLD_MET_TIMESTAMP_KEY: z.string().optional(),
	LOCK_KEY: z.string().optional(),
});

/** Where files are dropped, and when they are processed. */
export interface DropSettings {
	readonly bucket: string;
	/** The folder, with its slash. */
	readonly prefix: string;
	/** The number of files of each dataset that make a batch. */
	readonly minimum: { readonly orders: number; readonly order_items: number; readonly products: number };
	/** How long after the minimum was first missed the files are processed anyway. */
	readonly forceAfterMs: number;
	/** The object that keeps when the minimum was first missed. */
	readonly thresholdKey: string;
	readonly lockKey: string;
}

/** Reads the settings; an empty variable counts as unset. Throws ConfigurationError that names the variable. */
export function readDropSettings(env: NodeJS.ProcessEnv, lakeBucket: string): DropSettings {
	const parsed = schema.safeParse(readVariables(env));
	if (!parsed.success) {
		const name = String(parsed.error.issues[0]?.path[0]);
		const wanted = name.endsWith('_MINUTES') ? `a number from 0 to ${maxMinutes}` : 'a whole number from 0 on';
		throw new ConfigurationError(`${name}=${env[name]}: not ${wanted}. Correct it, or unset it for the default.`);
	}
	const values = parsed.data;
	const prefix = `${values.S3_PREFIX.replace(/^\/+|\/+$/g, '')}/`.replace(/^\/$/, '');
	return {
		bucket: values.S3_BUCKET ?? lakeBucket,
		prefix,
		minimum: {
			orders: values.MIN_ORDER_FILES,
			order_items: values.MIN_ITEM_FILES,
			products: values.MIN_PRODUCT_FILES,
		},
		forceAfterMs: values.FORCE_PROCESS_AFTER_MINUTES * 60_000,
		thresholdKey: values.THRESHOLD_MET_TIMESTAMP_KEY ?? `${prefix}threshold_not_met_timestamp.json`,
		lockKey: values.LOCK_KEY ?? `${prefix}pipeline.lock`,
	};
}
