import {
	GetCrawlerCommand,
	type GlueClient,
	GlueServiceException,
	type LastCrawlInfo,
	StartCrawlerCommand,
} from '@aws-sdk/client-glue';
import type { TaskContext } from '../../context';
import { ConfigurationError, TryAgainError, UsageError } from '../../platform/errors';
import type { Outcome } from '../../platform/result';
import { backOff } from '../../platform/retry';

/** Wait before each poll: random, up to 0.5 s, 1 s, 2 s. */
const poll = { firstMs: 500, longestMs: 2000 } as const;
/** Far longer than a crawl of a landing zone takes; Glue itself stops a crawler later still. */
const timeLimitMs = 30 * 60_000;

/**
 * Starts the AWS Glue crawler (`name`; the deployment's own if it is empty) and waits until the crawl has ended. If the
 * crawler is running already, waits for that crawl. Throws if there is no such crawler, or its crawl did not succeed.
 */
export async function runAwsCrawler(
	context: TaskContext,
	{ name, dryRun = false }: { name: string; dryRun?: boolean },
): Promise<Outcome> {
	const crawler = name || context.config.crawler;
	if (!crawler) {
		throw new UsageError(
			`No crawler is named: pass --crawler NAME, or set SHOPLAKE_LANDING_CRAWLER to the stack’s crawler.`,
		);
	}
	const glue = await context.aws.glue();
	const before = await readState(glue, crawler);
	if (dryRun) return { status: 'planned', crawler, state: before.State };
	await start(glue, crawler);
	const crawl = await waitForCrawl(glue, crawler, { earlier: before.LastCrawl, signal: context.signal });
	if (crawl?.Status !== 'SUCCEEDED') {
		throw new ConfigurationError(
			`Crawler ${crawler} ended as ${crawl?.Status ?? 'unknown'}: ${crawl?.ErrorMessage ?? 'no message'}. Its log is ${crawl?.LogGroup}/${crawl?.LogStream}.`,
		);
	}
	return { status: 'published', crawler, last_crawl: crawl.Status, log: crawl.LogStream };
}

/**
 * Waits for the end of the crawl that follows the earlier one. READY alone isn't enough: right after StartCrawler, Glue may
 * still show the crawler as it was before.
 */
async function waitForCrawl(
	glue: GlueClient,
	crawler: string,
	{ earlier, signal }: { earlier: LastCrawlInfo | undefined; signal: AbortSignal },
): Promise<LastCrawlInfo | undefined> {
	const startedAt = performance.now();
	let hasBegun = false;
	for (let attempt = 1; ; attempt++) {
		const { State, LastCrawl } = await readState(glue, crawler);
		hasBegun ||= State !== 'READY' || LastCrawl?.StartTime?.getTime() !== earlier?.StartTime?.getTime();
		if (hasBegun && State === 'READY') return LastCrawl;
		if (performance.now() - startedAt > timeLimitMs) {
			const state = hasBegun ? `still ${State}` : 'not running';
			throw new TryAgainError(`Crawler ${crawler} is ${state} after ${timeLimitMs / 60_000} minutes.`);
		}
		await backOff({ ...poll, signal }, attempt);
	}
}

async function start(glue: GlueClient, Name: string): Promise<void> {
	try {
		await glue.send(new StartCrawlerCommand({ Name }));
	} catch (error) {
		if (error instanceof GlueServiceException && error.name === 'CrawlerRunningException') return;
		throw explainMissingCrawler(error, Name);
	}
}

async function readState(glue: GlueClient, Name: string) {
	try {
		return (await glue.send(new GetCrawlerCommand({ Name }))).Crawler ?? {};
	} catch (error) {
		throw explainMissingCrawler(error, Name);
	}
}

function explainMissingCrawler(error: unknown, crawler: string): unknown {
	if (!(error instanceof GlueServiceException) || error.name !== 'EntityNotFoundException') return error;
	return new ConfigurationError(`There is no Glue crawler ${crawler} in this account and region.`);
}
