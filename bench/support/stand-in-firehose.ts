/**
 * A fake Firehose over HTTP: enforces the limits, throttles 1 request in 200, fails 1 record in 500. Listens on a free
 * port of the loopback and prints it. On SIGTERM prints its counts as JSON. Stores nothing.
 */
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { batchAnswer, FirehoseError, StandInFirehose } from '../../test/support/stand-in-firehose';

const oneIn = (number: number) => Math.random() * number < 1;
const firehose = new StandInFirehose(
	{ fails: () => oneIn(500), happens: () => (oneIn(200) ? 'throttled' : 'nothing') },
	false,
);
const counted = { requests: 0, taken: 0, failed: 0, throttled: 0, refused: 0, bytes: 0 };

function answer(body: Buffer): { status: number; text: string } {
	counted.requests++;
	const { Records } = JSON.parse(body.toString()) as { Records: { Data: string }[] };
	const records = Records.map(({ Data }) => Buffer.from(Data, 'base64'));
	try {
		const failed = firehose.put(records);
		const notTaken = failed.filter(Boolean).length;
		counted.failed += notTaken;
		counted.taken += failed.length - notTaken;
		for (const [place, record] of records.entries()) if (!failed[place]) counted.bytes += record.length;
		return { status: 200, text: JSON.stringify(batchAnswer(failed)) };
	} catch (error) {
		if (!(error instanceof FirehoseError)) throw error;
		counted[error.$metadata.httpStatusCode === 503 ? 'throttled' : 'refused']++;
		const text = JSON.stringify({ __type: error.name, message: error.message });
		return { status: error.$metadata.httpStatusCode ?? 500, text };
	}
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
	const pieces: Buffer[] = [];
	for await (const piece of request) pieces.push(piece as Buffer);
	return Buffer.concat(pieces);
}

const server = createServer(async (request, response) => {
	const { status, text } = answer(await readBody(request));
	response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' }).end(text);
});
server.listen(0, '127.0.0.1', () => console.log((server.address() as AddressInfo).port));
process.once('SIGTERM', () => {
	console.log(JSON.stringify(counted));
	process.exit();
});
