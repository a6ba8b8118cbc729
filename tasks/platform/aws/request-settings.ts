/** How long a client waits for AWS, in milliseconds. */
export interface Timeouts {
	/** For a connection to open, or for one of a client's 50 connections to become free. */
	readonly connectMs: number;
	/** Without a byte in either direction, also within a body. */
	readonly idleMs: number;
}

/** A minute of silence is longer than any slow answer: SQS, the slowest by design, answers within 20 s. */
const defaultTimeouts: Timeouts = { connectMs: 10_000, idleMs: 60_000 };
/** For a Lambda, which has half a minute for everything. */
export const inFunction: Timeouts = { connectMs: 2000, idleMs: 5000 };

/**
 * The settings of all clients. The time-out limits silence, not the whole request: a large body may take long. The retry
 * mode is `standard`, which the SDK guide recommends for all workloads; when one table or bucket is throttled, `adaptive`
 * also delays the first requests of all others of the client.
 * https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html
 */
export const requestSettings = ({ connectMs, idleMs }: Timeouts = defaultTimeouts) => ({
	maxAttempts: 5,
	retryMode: 'standard',
	requestHandler: { connectionTimeout: connectMs, socketTimeout: idleMs },
});
