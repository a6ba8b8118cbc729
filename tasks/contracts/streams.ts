/** What Firehose delivers into the lake's bucket, by the names that users type. */
export const streams = {
	/** The event stream. */
	live_events: {
		/** What its records are. */
		dataset: 'events',
		/** NDJSON, plain or gzip, by the UTC hour of delivery: `<prefix>YYYY/MM/DD/HH/…`. */
		prefix: 'bronze/live_events/',
		/** Records that the transformation failed on, in Firehose's own format, by hour alike. */
		failedPrefix: 'processing-failed/live_events/',
	},
	/** Changes of `OrderTable`. */
	live_orders: {
		dataset: 'gadget_sales',
		prefix: 'bronze/live_orders/',
		failedPrefix: 'processing-failed/live_orders/',
	},
} as const;
export type StreamName = keyof typeof streams;
