import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { S3Store } from '../../../../tasks/lake/s3-store';
import { createAws } from '../../../../tasks/platform/aws/clients';
import { ConfigurationError } from '../../../../tasks/platform/errors';

const environmentBefore = { ...process.env };
let server: Server;
let date: string | undefined;

beforeAll(async () => {
	server = createServer((_, response) => {
		response.sendDate = false;
		if (date !== undefined) response.setHeader('date', date);
		response
			.writeHead(200, { 'content-type': 'application/xml' })
			.end('<ListBucketResult><Name>b</Name></ListBucketResult>');
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

test('the time of S3 is that of its answers, whatever the clock of the machine says', async () => {
	const store = new S3Store(await createAws().s3(), 'lake');
	date = 'Wed, 18 Nov 2026 10:00:07 GMT';
	expect((await store.now()).toISOString()).toBe('2026-11-18T10:00:07.000Z');
});

test.each([undefined, 'soon'])('an S3 whose answers have the date %s is refused', async (given) => {
	const store = new S3Store(await createAws().s3(), 'lake');
	date = given;
	await expect(store.now()).rejects.toThrow(ConfigurationError);
});
