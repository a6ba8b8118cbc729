import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ListObjectsV2Command } from '@aws-sdk/client-s3';
import { createAws } from '../../../../tasks/platform/aws/clients';
import { exitCodes } from '../../../../tasks/platform/errors';
import { failureExitCode } from '../../../../tasks/platform/failure';

const listing =
	'<?xml version="1.0"?><ListBucketResult><Name>b</Name><Contents><Key>one</Key></Contents></ListBucketResult>';
const environmentBefore = { ...process.env };
let server: Server;
let answers: { status: number; body: string }[];

beforeAll(async () => {
	server = createServer((_, response) => {
		const { status, body } = answers.shift() ?? { status: 200, body: listing };
		response.writeHead(status, { 'content-type': 'application/xml' }).end(body);
	});
	await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
	Object.assign(process.env, {
		AWS_ENDPOINT_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
		AWS_REGION: 'us-east-1',
		AWS_ACCESS_KEY_ID: 'test',
		AWS_SECRET_ACCESS_KEY: 'test',
	});
});
afterAll(async () => {
	process.env = environmentBefore;
	server.closeAllConnections();
	await new Promise((closed) => server.close(closed));
});

test.each([
	['the service’s own words', '<?xml version="1.0"?><Error><Code>InternalError</Code></Error>'],
	['a page of whatever stands in between', 'Internal Server Error'],
])('a failure in %s is tried again', async (_, body) => {
	answers = [{ status: 500, body }];
	const aws = createAws();
	const { Contents } = await (await aws.s3()).send(new ListObjectsV2Command({ Bucket: 'b' }));
	expect(Contents).toEqual([expect.objectContaining({ Key: 'one' })]);
	expect(aws.meter.requests).toBe(2);
});

test.each(['<Error><Code>Odd</Code></Error>', 'Internal Server Error'])(
	'one that goes on ends the task so that it is tried again later: %s',
	async (body) => {
		answers = Array.from({ length: 5 }, () => ({ status: 500, body }));
		const listing = (await createAws().s3()).send(new ListObjectsV2Command({ Bucket: 'b' }));
		expect(failureExitCode(await listing.catch((error) => error))).toBe(exitCodes.tryAgain);
	},
);

test('a refusal that can’t be read is not', async () => {
	answers = [{ status: 400, body: 'Bad Request' }];
	const aws = createAws();
	await expect((await aws.s3()).send(new ListObjectsV2Command({ Bucket: 'b' }))).rejects.toThrow();
	expect(aws.meter.requests).toBe(1);
});

test('what only an emulator needs costs nothing, also while other requests are under way', async () => {
	const aws = createAws();
	const s3 = await aws.s3();
	const list = () => s3.send(new ListObjectsV2Command({ Bucket: 'b' }));
	await Promise.all([aws.meter.withoutCharge(async () => Promise.all([list(), list()])), list()]);
	expect(aws.meter.byOperation()).toEqual({ 'S3.ListObjectsV2': 1 });
	expect(aws.meter.costUsd).toBe(0.000005);
});
