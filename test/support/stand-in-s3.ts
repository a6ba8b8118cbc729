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
	readonly query: URLSearchParams;
	readonly headers: IncomingMessage['headers'];
}

/** An S3 that answers as its documentation says, and to which a test makes things happen. Path style. */
export interface StandInS3 {
	readonly endpoint: string;
	/** The current objects of every bucket but `other`: they are one bucket. */
	readonly objects: Map<string, Buffer>;
	/** The parts of uploads that are not completed, by upload id and number. */
	readonly uploads: Map<string, Map<number, Buffer>>;
	readonly asked: Asked[];
	/** Keys or versions in one answer of a listing. */
	pageSize: number;
	/** Says what happens to the next request; asked once a request. */
	fate: (asked: Asked) => Fate;
	close(): Promise<void>;
}

/** A bucket that keeps versions of what comes by request; what a test puts into `objects` has none. */
class Bucket {
	readonly objects = new Map<string, Buffer>();
	readonly versions = new Map<string, { readonly id: string; readonly bytes: Buffer | undefined }[]>();
	readonly uploads = new Map<string, Map<number, Buffer>>();
	private count = 0;

	put(key: string, bytes: Buffer): Answer {
		this.objects.set(key, bytes);
		this.keep(key, bytes);
		return { status: 200, headers: { etag: md5Etag(bytes) } };
	}

	delete(key: string): void {
		if (this.objects.delete(key)) this.keep(key, undefined);
	}

	/** Deletes a version or a delete marker for good; the one before it becomes the newest. */
	deleteVersion(key: string, version: string): void {
		const left = (this.versions.get(key) ?? []).filter(({ id }) => id !== version);
		if (left.length > 0) this.versions.set(key, left);
		else this.versions.delete(key);
		const newest = left.at(-1)?.bytes;
		if (newest === undefined) this.objects.delete(key);
		else this.objects.set(key, newest);
	}

	find(key: string, version: string | null): Buffer | undefined {
		if (version === null) return this.objects.get(key);
		return this.versions.get(key)?.find(({ id }) => id === version)?.bytes;
	}

	createUpload(): string {
		const id = `upload-${++this.count}`;
		this.uploads.set(id, new Map());
		return id;
	}

	private keep(key: string, bytes: Buffer | undefined): void {
		this.versions.set(key, [...(this.versions.get(key) ?? []), { id: `version-${++this.count}`, bytes }]);
	}
}

const md5Etag = (bytes: Buffer): string => `"${createHash('md5').update(bytes).digest('hex')}"`;
const xml = (text: string): string => `<?xml version="1.0"?>${text}`;
const escaped = (text: string): string =>
	text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
const unescaped = (text: string): string =>
	text
		.replaceAll('&quot;', '"')
		.replaceAll('&apos;', "'")
		.replaceAll('&gt;', '>')
		.replaceAll('&lt;', '<')
		.replaceAll('&amp;', '&');
const errorXml = (code: string): string => xml(`<Error><Code>${code}</Code><Message>m</Message></Error>`);
const bytewise = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));

export async function startStandInS3(): Promise<StandInS3> {
	const [bucket, other] = [new Bucket(), new Bucket()];
	const buckets = (name: string): Bucket => (name === 'other' ? other : bucket);
	const s3 = {
		endpoint: '',
		objects: bucket.objects,
		uploads: bucket.uploads,
		asked: [] as Asked[],
		pageSize: 1000,
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
		const [, name = '', ...path] = url.pathname.split('/');
		const asked: Asked = {
			method: incoming.method ?? '',
			key: decodeURIComponent(path.join('/')),
			query: url.searchParams,
			headers: incoming.headers,
		};
		s3.asked.push(asked);
		const answer = () => answerTo(buckets, name, asked, chunked(asked.headers) ? decoded(body) : body, s3.pageSize);
		const fate = s3.fate(asked);
		const isConditional = asked.headers['if-none-match'] !== undefined || asked.headers['if-match'] !== undefined;
		if (fate === 'silent') return;
		if (fate === 'brokenOff') return void incoming.socket.destroy();
		if (fate === 'failed') return void outgoing.writeHead(500).end(errorXml('InternalError'));
		if (fate === 'conflict' && isConditional && asked.method !== 'GET') {
			return void outgoing.writeHead(409).end(errorXml('ConditionalRequestConflict'));
		}
		if (fate === 'doneLost' || fate === 'doneFailed') {
			const done = answer();
			// A refusal is an answer; only a success can be done and not told of.
			if (done.status >= 300) return void send(outgoing, done);
			if (fate === 'doneLost') return void incoming.socket.destroy();
			return void outgoing.writeHead(500).end(errorXml('InternalError'));
		}
		send(outgoing, answer(), fate);
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

function answerTo(
	buckets: (name: string) => Bucket,
	name: string,
	asked: Asked,
	body: Buffer,
	pageSize: number,
): Answer {
	const { method, key, query, headers } = asked;
	const bucket = buckets(name);
	if (query.has('list-type')) return listing(bucket, query, pageSize);
	if (query.has('versions')) return versionListing(bucket, query, pageSize);
	if (query.has('delete')) return deletion(bucket, body);
	if (query.has('uploads') || query.has('uploadId')) return multipart(bucket, asked, body);
	const found = bucket.find(key, query.get('versionId'));
	const expected = headers['if-match'];
	if (expected !== undefined && !found) return { status: 404, body: errorXml('NoSuchKey') };
	if (expected !== undefined && found && expected !== md5Etag(found)) {
		return { status: 412, body: errorXml('PreconditionFailed') };
	}
	if (query.has('tagging')) return found ? { status: 200 } : missingForTag(bucket, key);
	if (method === 'PUT') {
		if (headers['if-none-match'] === '*' && found) return { status: 412, body: errorXml('PreconditionFailed') };
		if (headers['x-amz-copy-source'] === undefined) return bucket.put(key, body);
		return copy(buckets, String(headers['x-amz-copy-source']), bucket, key);
	}
	if (method === 'DELETE') {
		bucket.delete(key);
		return { status: 204 };
	}
	if (!found) return { status: 404, body: errorXml(query.has('versionId') ? 'NoSuchVersion' : 'NoSuchKey') };
	return content(found, headers.range);
}

/** S3 tags no delete marker. */
function missingForTag({ versions }: Bucket, key: string): Answer {
	return versions.has(key)
		? { status: 405, body: errorXml('MethodNotAllowed') }
		: { status: 404, body: errorXml('NoSuchKey') };
}

function content(found: Buffer, range: string | undefined): Answer {
	const [, from] = /^bytes=(\d+)-$/.exec(range ?? '') ?? [];
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

function copy(buckets: (name: string) => Bucket, source: string, bucket: Bucket, key: string): Answer {
	const { pathname, searchParams } = new URL(`http://s3/${source}`);
	const [, name = '', ...path] = pathname.split('/');
	const version = searchParams.get('versionId');
	const found = buckets(name).find(decodeURIComponent(path.join('/')), version);
	if (!found) return { status: 404, body: errorXml(version === null ? 'NoSuchKey' : 'NoSuchVersion') };
	bucket.put(key, found);
	return { status: 200, body: xml(`<CopyObjectResult><ETag>${escaped(md5Etag(found))}</ETag></CopyObjectResult>`) };
}

function multipart(bucket: Bucket, { method, key, query }: Asked, body: Buffer): Answer {
	if (query.has('uploads')) {
		const id = bucket.createUpload();
		return {
			status: 200,
			body: xml(`<InitiateMultipartUploadResult><UploadId>${id}</UploadId></InitiateMultipartUploadResult>`),
		};
	}
	const id = query.get('uploadId') ?? '';
	const parts = bucket.uploads.get(id);
	if (!parts) return { status: 404, body: errorXml('NoSuchUpload') };
	if (method === 'PUT') {
		parts.set(Number(query.get('partNumber')), body);
		return { status: 200, headers: { etag: md5Etag(body) } };
	}
	bucket.uploads.delete(id);
	if (method === 'DELETE') return { status: 204 };
	const numbers = [...body.toString().matchAll(/<PartNumber>(\d+)<\/PartNumber>/g)].map(([, number]) => Number(number));
	bucket.put(key, Buffer.concat(numbers.map((number) => parts.get(number) ?? Buffer.alloc(0))));
	return { status: 200, body: xml('<CompleteMultipartUploadResult/>') };
}

function deletion(bucket: Bucket, body: Buffer): Answer {
	const named = /<Key>([^<]*)<\/Key>(?:<VersionId>([^<]*)<\/VersionId>)?/g;
	for (const [, key = '', version] of body.toString().matchAll(named)) {
		if (version === undefined) bucket.delete(unescaped(key));
		else bucket.deleteVersion(unescaped(key), version);
	}
	return { status: 200, body: xml('<DeleteResult/>') };
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

function listing({ objects }: Bucket, query: URLSearchParams, pageSize: number): Answer {
	const prefix = query.get('prefix') ?? '';
	const after = query.get('continuation-token') ?? query.get('start-after') ?? '';
	const keys = [...objects.keys()].filter((key) => key.startsWith(prefix) && bytewise(key, after) > 0).sort(bytewise);
	const page = keys.slice(0, pageSize);
	const contents = page.map(
		(key) => `<Contents><Key>${escaped(key)}</Key><Size>${objects.get(key)?.length}</Size></Contents>`,
	);
	const isTruncated = page.length < keys.length;
	const token = isTruncated ? `<NextContinuationToken>${escaped(page.at(-1) ?? '')}</NextContinuationToken>` : '';
	return {
		status: 200,
		body: xml(
			`<ListBucketResult><IsTruncated>${isTruncated}</IsTruncated>${token}${contents.join('')}</ListBucketResult>`,
		),
	};
}

/** Versions by key, the newest of each first; delete markers among them. */
function versionListing({ objects, versions }: Bucket, query: URLSearchParams, pageSize: number): Answer {
	const prefix = query.get('prefix') ?? '';
	const inFolder = (key: string) => query.get('delimiter') === '/' && key.slice(prefix.length).includes('/');
	const keys = [...new Set([...objects.keys(), ...versions.keys()])]
		.filter((key) => key.startsWith(prefix) && !inFolder(key))
		.sort(bytewise);
	const all = keys.flatMap((key) => {
		const kept = versions.get(key) ?? [];
		const current = objects.get(key);
		// What a test has put there came by no request, as if before the bucket kept versions.
		const own =
			current === undefined || kept.at(-1)?.bytes === current ? kept : [...kept, { id: 'null', bytes: current }];
		return own.map(({ id, bytes }, index) => ({ key, id, bytes, isLatest: index === own.length - 1 })).reverse();
	});
	const [keyMarker, idMarker] = [query.get('key-marker'), query.get('version-id-marker')];
	const start = all.findIndex(({ key, id }) => key === keyMarker && id === idMarker) + 1;
	const page = all.slice(start, start + pageSize);
	const listed = page.map(({ key, id, bytes, isLatest }) => {
		const place = `<Key>${escaped(key)}</Key><VersionId>${id}</VersionId><IsLatest>${isLatest}</IsLatest>`;
		if (!bytes) return `<DeleteMarker>${place}</DeleteMarker>`;
		return `<Version>${place}<ETag>${escaped(md5Etag(bytes))}</ETag><Size>${bytes.length}</Size></Version>`;
	});
	const last = page.at(-1);
	const isTruncated = start + page.length < all.length;
	const next = isTruncated
		? `<NextKeyMarker>${escaped(last?.key ?? '')}</NextKeyMarker><NextVersionIdMarker>${last?.id}</NextVersionIdMarker>`
		: '';
	return {
		status: 200,
		body: xml(
			`<ListVersionsResult><IsTruncated>${isTruncated}</IsTruncated>${next}${listed.join('')}</ListVersionsResult>`,
		),
	};
}
