/** The streams that Firehose delivers to the lake's bucket, by the names that users type. */
export const streams = {
	/** The event stream. */
	live_events: {
		/** The dataset of its records. */
		dataset: 'events',
		/** NDJSON, plain or gzip, by the UTC hour of delivery: `<prefix>YYYY/MM/DD/HH/…`. */
		prefix: 'bronze/live_events/',
		/** Records that the transform failed on, in Firehose's own format, also by hour. */
		failedPrefix: 'processing-failed/live_events/',
		/** Whether the hour of delivery replaces a missing time of a record. */
		isDatedByDelivery: false,
	},
	/** Changes of `OrderTable`. */
	live_orders: {
		dataset: 'gadget_sales',
		prefix: 'bronze/live_orders/',
		failedPrefix: 'processing-failed/live_orders/',
		isDatedByDelivery: true,
	},
} as const;
export type StreamName = keyof typeof streams;
export const streamNames = Object.keys(streams) as StreamName[];

/** The id of the `number`th batch sealed from a stream for an hour: `live_orders-20261126T11`, `live_orders-20261126T11-2`. */
export function sealedBatchId(stream: StreamName, hour: Date, number: number): string {
	const stamp = hour.toISOString().slice(0, 13).replaceAll('-', '');
	return `${stream}-${stamp}${number === 1 ? '' : `-${number}`}`;
}

/** Whether a batch id is that of a sealed batch, of this stream or of any. */
export function isSealedBatchId(batch: string, of?: StreamName): boolean {
	const [, stream] = /^([a-z_]+)-\d{8}T\d{2}(-\d+)?$/.exec(batch) ?? [];
	return stream !== undefined && (of === undefined ? Object.hasOwn(streams, stream) : stream === of);
}
