import { setTimeout as sleep } from 'node:timers/promises';
import { GetCrawlerCommand, type GlueClient, GlueServiceException, StartCrawlerCommand } from '@aws-sdk/client-glue';
import type { TaskContext } from '../../context';
import { ConfigurationError, TryAgainError, UsageError } from '../../platform/errors';
import type { Outcome } from '../../platform/result';

const pollMs = 2000;
/** Glue stops crawlers of its own accord far later than any crawl of a landing zone takes. */
const patienceMs = 30 * 60_000;

/**
 * Starts the AWS Glue crawler (`name`, or the deployment's own where it is empty) and waits until it is ready again.
 * One that runs already is waited for. Throws where there is none, or where its crawl did not succeed.
 */
export async function runAwsCrawler(
	context: TaskContext,
	{ name, dryRun = false }: { name: string; dryRun?: boolean },
): Promise<Outcome> {
	const crawler = name || context.config.crawler;
	if (!crawler) {
		throw new UsageError(`No crawler is named: say --crawler NAME, or set SHOPLAKE_LANDING_CRAWLER to the stack’s.`);
	}
	const glue = await context.aws.glue();
	if (dryRun) return { status: 'planned', crawler, state: (await readState(glue, crawler)).State };
	await start(glue, crawler);
	const patience = AbortSignal.timeout(patienceMs);
	for (;;) {
		const { State, LastCrawl } = await readState(glue, crawler);
		if (State === 'READY') {
			if (LastCrawl?.Status !== 'SUCCEEDED') {
				throw new ConfigurationError(
					`Crawler ${crawler} ended as ${LastCrawl?.Status ?? 'unknown'}: ${LastCrawl?.ErrorMessage ?? 'no message'}. Its log is ${LastCrawl?.LogGroup}/${LastCrawl?.LogStream}.`,
				);
			}
			return { status: 'published', crawler, last_crawl: LastCrawl.Status, log: LastCrawl.LogStream };
		}
		if (patience.aborted) {
			throw new TryAgainError(`Crawler ${crawler} is still ${State} after ${patienceMs / 60_000} minutes.`);
		}
		await sleep(pollMs, undefined, { signal: context.signal });
	}
}

async function start(glue: GlueClient, Name: string): Promise<void> {
	try {
		await glue.send(new StartCrawlerCommand({ Name }));
	} catch (error) {
		if (error instanceof GlueServiceException && error.name === 'CrawlerRunningException') return;
		throw named(error, Name);
	}
}

async function readState(glue: GlueClient, Name: string) {
	try {
		return (await glue.send(new GetCrawlerCommand({ Name }))).Crawler ?? {};
	} catch (error) {
		throw named(error, Name);
	}
}

function named(error: unknown, crawler: string): unknown {
	if (!(error instanceof GlueServiceException) || error.name !== 'EntityNotFoundException') return error;
	return new ConfigurationError(`There is no Glue crawler ${crawler} in this account and region.`);
}
