import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

/**
 * What happens to a request, beside what it asks for:
 *
 * - `conflict`: a conditional one is answered by 409, and nothing is done.
 * - `failed`, `brokenOff`: nothing is done; the answer is 500, or none.
 * - `doneFailed`, `doneLost`: it is done; the answer is 500, or none.
 * - `silent`: nothing is done, and nothing is ever answered.
 * - `cut`, `stalled`, `corrupt`: half of the body comes, and then the end, or nothing more; or a byte of it is wrong.
 */
export type Fate =
	| 'well'
	| 'conflict'
	| 'failed'
	| 'brokenOff'
	| 'doneFailed'
	| 'doneLost'
	| 'silent'
	| 'cut'
	| 'stalled'
	| 'corrupt';

/** A request as a test looks at it. */
export interface Asked {
	readonly method: string;
	readonly key: string;
	readonly headers: IncomingMessage['headers'];
}

/** An S3 that answers as its documentation says, and to which a test makes things happen. One bucket, path style. */
export interface StandInS3 {
	readonly endpoint: string;
	readonly objects: Map<string, Buffer>;
	readonly asked: Asked[];
	/** Says what happens to the next request; asked once a request. */
	fate: (asked: Asked) => Fate;
	close(): Promise<void>;
}

const md5Etag = (bytes: Buffer): string => `"${createHash('md5').update(bytes).digest('hex')}"`;
const errorXml = (code: string): string =>
	`<?xml version="1.0"?><Error><Code>${code}</Code><Message>m</Message></Error>`;

export async function startStandInS3(): Promise<StandInS3> {
	const s3 = {
		endpoint: '',
		objects: new Map<string, Buffer>(),
		asked: [] as Asked[],
		fate: (_: Asked): Fate => 'well',
		close: async () => {
			server.closeAllConnections();
			await new Promise((closed) => server.close(closed));
		},
	};
	const server = createServer(async (incoming, outgoing) => {
		const body = await buffer(incoming).catch(() => undefined);
		if (body === undefined) return;
		const url = new URL(incoming.url ?? '/', 'http://s3');
		const key = decodeURIComponent(url.pathname.split('/').slice(2).join('/'));
		const asked = { method: incoming.method ?? '', key, headers: incoming.headers };
		s3.asked.push(asked);
		const fate = s3.fate(asked);
		const isConditional = asked.headers['if-none-match'] !== undefined || asked.headers['if-match'] !== undefined;
		if (fate === 'silent') return;
		if (fate === 'brokenOff') return void incoming.socket.destroy();
		if (fate === 'failed') return void outgoing.writeHead(500).end(errorXml('InternalError'));
		if (fate === 'conflict' && isConditional && asked.method !== 'GET') {
			return void outgoing.writeHead(409).end(errorXml('ConditionalRequestConflict'));
		}
		if (fate === 'doneLost' || fate === 'doneFailed') {
			const answer = answerTo(s3.objects, asked, url, body);
			// A refusal is an answer; only a success can be done and not told of.
			if (answer.status >= 300) return void send(outgoing, answer);
			if (fate === 'doneLost') return void incoming.socket.destroy();
			return void outgoing.writeHead(500).end(errorXml('InternalError'));
		}
		send(outgoing, answerTo(s3.objects, asked, url, body), fate);
	});
	await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
	s3.endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
	return s3;
}

interface Answer {
	readonly status: number;
	readonly headers?: Record<string, string | number>;
	readonly body?: Buffer | string;
}

function send(outgoing: ServerResponse, { status, headers = {}, body = '' }: Answer, fate: Fate = 'well'): void {
	const bytes = Buffer.from(body);
	outgoing.writeHead(status, { ...headers, 'content-length': bytes.length });
	const half = bytes.subarray(0, Math.floor(bytes.length / 2));
	if (fate === 'cut') outgoing.write(half, () => outgoing.destroy());
	else if (fate === 'stalled') outgoing.write(half);
	else if (fate === 'corrupt') outgoing.end(Buffer.concat([bytes.subarray(0, -1), Buffer.from([255])]));
	else outgoing.end(bytes);
}

function answerTo(objects: StandInS3['objects'], { method, key, headers }: Asked, url: URL, body: Buffer): Answer {
	const found = objects.get(key);
	const expected = headers['if-match'];
	if (method === 'GET' && url.searchParams.has('list-type')) return listing(objects, url);
	if (expected !== undefined && !found) return { status: 404, body: errorXml('NoSuchKey') };
	if (expected !== undefined && found && expected !== md5Etag(found)) {
		return { status: 412, body: errorXml('PreconditionFailed') };
	}
	if (method === 'PUT') {
		if (headers['if-none-match'] === '*' && found) return { status: 412, body: errorXml('PreconditionFailed') };
		const content = chunked(headers) ? decoded(body) : body;
		objects.set(key, content);
		return { status: 200, headers: { etag: md5Etag(content) } };
	}
	if (method === 'DELETE') {
		objects.delete(key);
		return { status: 204 };
	}
	if (!found) return { status: 404, body: errorXml('NoSuchKey') };
	const [, from] = /^bytes=(\d+)-$/.exec(headers.range ?? '') ?? [];
	const start = Number(from ?? 0);
	return {
		status: from === undefined ? 200 : 206,
		headers: {
			etag: md5Etag(found),
			'last-modified': new Date(0).toUTCString(),
			...(from === undefined
				? { 'x-amz-checksum-sha256': createHash('sha256').update(found).digest('base64') }
				: { 'content-range': `bytes ${start}-${found.length - 1}/${found.length}` }),
		},
		body: found.subarray(start),
	};
}

const chunked = (headers: Asked['headers']): boolean => /aws-chunked/.test(String(headers['content-encoding'] ?? ''));

/** The content of a body in `aws-chunked` encoding. */
function decoded(body: Buffer): Buffer {
	const parts: Buffer[] = [];
	for (let at = 0; at < body.length; ) {
		const end = body.indexOf('\r\n', at);
		const size = Number.parseInt(body.subarray(at, end).toString(), 16);
		if (!(size > 0)) break;
		parts.push(body.subarray(end + 2, end + 2 + size));
		at = end + 2 + size + 2;
	}
	return Buffer.concat(parts);
}

function listing(objects: StandInS3['objects'], url: URL): Answer {
	const prefix = url.searchParams.get('prefix') ?? '';
	const after = url.searchParams.get('start-after') ?? '';
	const keys = [...objects.keys()].filter((key) => key.startsWith(prefix) && key > after).sort();
	const contents = keys.map((key) => `<Contents><Key>${key}</Key><Size>${objects.get(key)?.length}</Size></Contents>`);
	return { status: 200, body: `<?xml version="1.0"?><ListBucketResult>${contents.join('')}</ListBucketResult>` };
}
