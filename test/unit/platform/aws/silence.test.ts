import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { ListWorkGroupsCommand } from '@aws-sdk/client-athena';
import { ListMetricsCommand } from '@aws-sdk/client-cloudwatch';
import { ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { ListStreamsCommand as ListTableStreamsCommand } from '@aws-sdk/client-dynamodb-streams';
import { ListDeliveryStreamsCommand } from '@aws-sdk/client-firehose';
import { GetDatabasesCommand } from '@aws-sdk/client-glue';
import { ListStreamsCommand } from '@aws-sdk/client-kinesis';
import { ListBucketsCommand } from '@aws-sdk/client-s3';
import { ListTopicsCommand } from '@aws-sdk/client-sns';
import { ListQueuesCommand } from '@aws-sdk/client-sqs';
import { S3Store } from '../../../../tasks/lake/s3-store';
import { type Aws, createAws } from '../../../../tasks/platform/aws/clients';
import { TryAgainError } from '../../../../tasks/platform/errors';
import { failureExitCode } from '../../../../tasks/platform/failure';
import { type Fate, type StandInS3, startStandInS3 } from '../../../support/stand-in-s3';

/** Long enough for an answer of this machine when it is busy. */
const timeouts = { connectMs: 2000, idleMs: 400 };
const environmentBefore = { ...process.env };
let s3: StandInS3;
let folder: string;

beforeAll(async () => {
	s3 = await startStandInS3();
	folder = await mkdtemp(join(tmpdir(), 'shoplake-test-'));
	Object.assign(process.env, {
		AWS_ENDPOINT_URL: s3.endpoint,
		AWS_REGION: 'us-east-1',
		AWS_ACCESS_KEY_ID: 'test',
		AWS_SECRET_ACCESS_KEY: 'test',
	});
});
afterAll(async () => {
	process.env = environmentBefore;
	await s3.close();
	await rm(folder, { recursive: true });
});
beforeEach(() => {
	s3.objects.clear();
	s3.asked.length = 0;
	s3.fate = () => 'well';
});

const content = randomBytes(300_000);
/** A store whose object `key` is there, and what happens to its next requests. */
async function storeWith(...fates: Fate[]): Promise<S3Store> {
	s3.objects.set('key', content);
	s3.fate = () => fates.shift() ?? 'well';
	return new S3Store(await createAws(timeouts).s3(), 'lake');
}

describe('an object whose body', () => {
	it.each<Fate>(['cut', 'stalled', 'corrupt'])('is %s is downloaded again', async (fate) => {
		const path = join(folder, fate);
		await (await storeWith(fate, fate)).download('key', path);
		expect((await readFile(path)).equals(content)).toBe(true);
		expect(s3.asked).toHaveLength(3);
	});

	it.each<Fate>(['cut', 'stalled', 'corrupt'])('is %s is read as text again', async (fate) => {
		const store = await storeWith(fate);
		s3.objects.set('key', Buffer.from('Grüße'));
		expect(await store.getText('key')).toBe('Grüße');
	});

	it.each<Fate>(['cut', 'stalled'])('is %s is resumed without a gap', async (fate) => {
		const store = await storeWith(fate, fate);
		expect((await buffer(await store.read('key'))).equals(content)).toBe(true);
		expect(s3.asked.slice(1).map(({ headers }) => [headers.range, headers['if-match']])).toEqual([
			['bytes=150000-', expect.stringMatching(/^"/)],
			['bytes=225000-', expect.stringMatching(/^"/)],
		]);
	});

	it('has a reader slower than the idle limit is read completely', async () => {
		const large = Buffer.alloc(12_000_000, content);
		s3.objects.set('key', large);
		const store = new S3Store(await createAws(timeouts).s3(), 'lake');
		const pieces: Buffer[] = [];
		for await (const piece of await store.read('key')) {
			if (pieces.length === 0) await sleep(2 * timeouts.idleMs);
			pieces.push(piece as Buffer);
		}
		expect(Buffer.concat(pieces).equals(large)).toBe(true);
		expect(s3.asked.at(-1)?.headers.range).toMatch(/^bytes=\d+-$/);
	});

	it('changes while it is read is not mixed with the new content', async () => {
		const store = await storeWith('cut');
		const body = await store.read('key');
		s3.objects.set('key', randomBytes(300_000));
		const error = await buffer(body).catch((thrown) => thrown);
		expect(failureExitCode(error)).toBe(75);
	});

	it('has a wrong checksum after streaming fails with a retryable error that names it', async () => {
		const error = await buffer(await (await storeWith('corrupt')).read('key')).catch((thrown) => thrown);
		expect(error).toBeInstanceOf(TryAgainError);
		expect(error.message).toMatch(/^s3:\/\/lake\/key can't be read completely .*Checksum mismatch/);
	});

	it('never arrives completely fails with a retryable error that names it', async () => {
		const store = await storeWith(...Array.from({ length: 5 }, (): Fate => 'cut'));
		const error = await store.download('key', join(folder, 'never')).catch((thrown) => thrown);
		expect(error).toBeInstanceOf(TryAgainError);
		expect(error.message).toMatch(/^s3:\/\/lake\/key can't be read completely in 5 tries/);
	});
});

it.each<[string, number]>([
	['SlowDown', 75],
	['InternalError', 75],
	['AccessDenied', 78],
])('one of many objects that is not deleted for %s ends the task by %i', async (Code, exitCode) => {
	const refusing = { send: async () => ({ Errors: [{ Key: 'a', Code, Message: 'No.' }] }) } as never;
	const error = await new S3Store(refusing, 'lake', () => 0).delete(['a']).catch((thrown) => thrown);
	expect(error.message).toBe('could not delete s3://lake/a: No.');
	expect(failureExitCode(error)).toBe(exitCode);
});

describe('a request that is never answered', () => {
	it('is sent again', async () => {
		expect((await (await storeWith('silent')).getText('key'))?.length).toBeGreaterThan(0);
		expect(s3.asked).toHaveLength(2);
	});

	const requests: Record<Exclude<keyof Aws, 'meter'>, (aws: Aws) => Promise<unknown>> = {
		s3: async (aws) => (await aws.s3()).send(new ListBucketsCommand({})),
		glue: async (aws) => (await aws.glue()).send(new GetDatabasesCommand({})),
		athena: async (aws) => (await aws.athena()).send(new ListWorkGroupsCommand({})),
		dynamodb: async (aws) => (await aws.dynamodb()).send(new ListTablesCommand({})),
		firehose: async (aws) => (await aws.firehose()).send(new ListDeliveryStreamsCommand({})),
		sqs: async (aws) => (await aws.sqs()).send(new ListQueuesCommand({})),
		sns: async (aws) => (await aws.sns()).send(new ListTopicsCommand({})),
		cloudwatch: async (aws) => (await aws.cloudwatch()).send(new ListMetricsCommand({})),
		kinesis: async (aws) => (await aws.kinesis()).send(new ListStreamsCommand({})),
		dynamodbStreams: async (aws) => (await aws.dynamodbStreams()).send(new ListTableStreamsCommand({})),
	};
	let mute: Server;
	beforeAll(async () => {
		// Half of them hear nothing at all, half of them the beginning of an answer.
		let count = 0;
		mute = createServer((_, answer) => {
			if (count++ % 2 === 0) answer.writeHead(200, { 'content-length': 100 }).write('{');
		});
		await new Promise<void>((listening) => mute.listen(0, '127.0.0.1', listening));
	});
	afterAll(async () => {
		mute.closeAllConnections();
		await new Promise((closed) => mute.close(closed));
	});

	it.each(Object.entries(requests))('of %s fails with a retryable error', async (_, request) => {
		process.env.AWS_ENDPOINT_URL = `http://127.0.0.1:${(mute.address() as AddressInfo).port}`;
		try {
			const error = await request(createAws({ ...timeouts, idleMs: 50 })).catch((thrown) => thrown);
			expect(failureExitCode(error)).toBe(75);
		} finally {
			process.env.AWS_ENDPOINT_URL = s3.endpoint;
		}
	});
});
