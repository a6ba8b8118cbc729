/** Something that may have the id for a while, and that nobody can erase sooner or that this command does not touch. */
export interface Remains {
	readonly what: string;
	/** Days until it is gone; null if that is up to its owner. */
	readonly days: number | null;
	readonly note: string;
}

/** What a deployment keeps beside the lake's bucket, as the stack sets it up. */
export const remains: readonly Remains[] = [
	{
		what: 'DynamoDB, point-in-time recovery',
		days: 35,
		note: 'only if a table of your own is keyed by user; the tables of shoplake have no user',
	},
	{ what: 'Athena, results of queries', days: 7, note: 'results bucket' },
	{ what: 'CloudWatch, logs of the tasks', days: 90, note: 'messages about invalid records can quote a value' },
	{ what: 'CloudTrail and ECS', days: 90, note: 'the command line of a task that was started on ECS' },
	{ what: 'Firehose, Kinesis and queues', days: 14, note: 'records that are still on their way' },
	{ what: 'The shop’s own systems, exports and copies', days: null, note: 'sent again, the records come back' },
];
