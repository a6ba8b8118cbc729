/** How long a client waits for AWS, in milliseconds. */
export interface Timeouts {
	/** For a connection, and for a free one of the 50 that a client has. */
	readonly connectMs: number;
	/** Without a byte in either direction, also in the middle of a body. */
	readonly idleMs: number;
}

/** A minute without a byte is no slow answer any more: SQS, the slowest to answer by design, does after 20 s. */
const patient: Timeouts = { connectMs: 10_000, idleMs: 60_000 };
/** In a function, which has half a minute for all that it does. */
export const inFunction: Timeouts = { connectMs: 2000, idleMs: 5000 };

/**
 * What all clients have in common. The time-out is one for silence, not for the whole request: a large body takes as
 * long as it takes. The retry mode is `standard`, which the SDK guide recommends for all workloads; `adaptive` also delays
 * first requests, of all tables and buckets of a client, where a single one is throttled.
 * https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html
 */
export const requestSettings = ({ connectMs, idleMs }: Timeouts = patient) => ({
	maxAttempts: 5,
	retryMode: 'standard',
	requestHandler: { connectionTimeout: connectMs, socketTimeout: idleMs },
});
