/** The result of a task, printed as the last line of its stdout; a task adds its own fields. */
export interface TaskResult {
	readonly task: string;
	readonly run_id: string;
	readonly status: string;
	readonly batch: string | null;
	readonly received: number;
	readonly kept: number;
	readonly duplicates: number;
	readonly superseded: number;
	readonly rejected: number;
	readonly orphans: number;
	/** Partitions written, as `table/value`. */
	readonly partitions: readonly string[];
	readonly bytes_in: number;
	readonly bytes_out: number;
	readonly seconds: number;
	/** Requests sent to AWS, retries included. */
	readonly requests: number;
	/** What these requests cost on AWS, in US dollars. */
	readonly cost_usd: number;
	readonly [field: string]: unknown;
}

/** The fields that a task's own code returns; `performTask` adds the rest. */
export type Outcome = Partial<TaskResult> & { readonly status: string };
