import { type Crawler, GlueServiceException } from '@aws-sdk/client-glue';
import type { TaskContext } from '../../../../tasks/context';
import { runAwsCrawler } from '../../../../tasks/pipeline/catalog';
import { testContext } from '../../../support/context';
import { MemoryStore } from '../../../support/memory-store';

const earlier = { Status: 'SUCCEEDED', StartTime: new Date('2026-11-20T00:00:00Z'), LogStream: 'earlier' } as const;
const newer = { Status: 'SUCCEEDED', StartTime: new Date('2026-11-21T00:00:00Z'), LogStream: 'newer' } as const;
const isRunning = new GlueServiceException({
	name: 'CrawlerRunningException',
	$fault: 'client',
	message: 'It runs.',
	$metadata: {},
});

/** Runs a crawler of a Glue that shows these states, one after the other; the last one stays. */
async function crawl(states: readonly Crawler[], { start, signal }: { start?: Error; signal?: AbortSignal } = {}) {
	const { context } = testContext({ store: new MemoryStore(), ...(signal ? { signal } : {}) });
	let polls = 0;
	const glue = {
		send: async (command: object) => {
			if (command.constructor.name === 'GetCrawlerCommand') {
				return { Crawler: states[Math.min(polls++, states.length - 1)] };
			}
			if (start) throw start;
			return {};
		},
	};
	const aws = { ...context.aws, glue: async () => glue } as unknown as TaskContext['aws'];
	const outcome = await runAwsCrawler({ ...context, aws }, { name: 'landing' });
	return { outcome, polls };
}

beforeEach(() => void jest.spyOn(Math, 'random').mockReturnValue(0));
afterEach(() => jest.restoreAllMocks());

test.each<[string, Crawler[], Error | undefined]>([
	[
		'that has begun and ended',
		[
			{ State: 'READY', LastCrawl: earlier },
			{ State: 'RUNNING', LastCrawl: earlier },
			{ State: 'STOPPING', LastCrawl: earlier },
			{ State: 'READY', LastCrawl: newer },
		],
		undefined,
	],
	[
		'that Glue shows late: READY right after the start is the state before it',
		[
			{ State: 'READY', LastCrawl: earlier },
			{ State: 'READY', LastCrawl: earlier },
			{ State: 'READY', LastCrawl: earlier },
			{ State: 'RUNNING', LastCrawl: earlier },
			{ State: 'READY', LastCrawl: newer },
		],
		undefined,
	],
	[
		'that ended between two polls',
		[
			{ State: 'READY', LastCrawl: earlier },
			{ State: 'READY', LastCrawl: earlier },
			{ State: 'READY', LastCrawl: newer },
		],
		undefined,
	],
	['that is the first', [{ State: 'READY' }, { State: 'READY' }, { State: 'READY', LastCrawl: newer }], undefined],
	[
		'that was running already',
		[
			{ State: 'RUNNING', LastCrawl: earlier },
			{ State: 'RUNNING', LastCrawl: earlier },
			{ State: 'READY', LastCrawl: newer },
		],
		isRunning,
	],
])('a crawl %s is waited for', async (_, states, start) => {
	const { outcome, polls } = await crawl(states, start ? { start } : {});
	expect(outcome).toEqual({ status: 'published', crawler: 'landing', last_crawl: 'SUCCEEDED', log: 'newer' });
	expect(polls).toBe(states.length);
});

test('a crawl that failed is an error with the reason and the log (exit code 78)', async () => {
	const failed = { ...newer, Status: 'FAILED', ErrorMessage: 'no access', LogGroup: '/aws-glue/crawlers' } as const;
	await expect(
		crawl([
			{ State: 'READY', LastCrawl: earlier },
			{ State: 'READY', LastCrawl: failed },
		]),
	).rejects.toMatchObject({
		exitCode: 78,
		message: 'Crawler landing ended as FAILED: no access. Its log is /aws-glue/crawlers/newer.',
	});
});

test('a signal ends the wait', async () => {
	jest.spyOn(Math, 'random').mockReturnValue(1);
	const controller = new AbortController();
	const crawling = crawl([{ State: 'READY' }, { State: 'RUNNING' }], { signal: controller.signal });
	setImmediate(() => controller.abort());
	await expect(crawling).rejects.toMatchObject({ name: 'AbortError' });
});
