import * as z from 'zod';
import { prefixes } from '../../lake';

const count = z.number().nonnegative();

/** What one process has used of AWS, as it lies under `costs/`. It names no person, file or error. */
export const costRecord = z.object({
	format: z.literal(1),
	/** The command, as it is typed. */
	step: z.string(),
	run_id: z.string(),
	attempt: z.string(),
	started_at: z.iso.datetime(),
	seconds: count,
	status: z.string(),
	exit_code: z.number().int(),
	batch: z.string().nullable(),
	head: z.number().int().nullable(),
	region: z.string().nullable(),
	/** Whether an AWS emulator answered: then nothing was billed. */
	emulator: z.boolean(),
	bytes_in: count,
	bytes_out: count,
	requests: z.record(z.string(), z.record(z.string(), count)),
	dynamodb: z.object({ read_units: count, write_units: count }),
	athena: z.object({ statements: count, scanned_bytes: count, billed_bytes: count }),
	/** The size of the task and the time that Fargate bills; null where the step ran elsewhere. */
	fargate: z.object({ vcpu: count, gib: count, seconds: count }).nullable(),
});

export type CostRecord = z.infer<typeof costRecord>;

/** The folder of the records of a date (UTC). */
export const costFolder = (date: string): string => `${prefixes.costs}dt=${date}/`;

/** `costs/dt=2026-11-20/093100123-stream-seal-5f0c1e2d3a4b.json`: no two processes share one. */
export function costKey({ started_at, step, attempt }: CostRecord): string {
	const [date = '', time = ''] = started_at.split('T');
	return `${costFolder(date)}${time.replace(/\D/g, '')}-${step.replaceAll(' ', '-')}-${attempt}.json`;
}
