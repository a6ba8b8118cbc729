import { splitItems, splitMembers } from '../../platform/json-members';

/** What API Gateway hands to a Lambda, as far as it matters here (payload format 2.0). */
export interface HttpRequest {
	readonly body?: string;
	readonly isBase64Encoded?: boolean;
	readonly headers?: Readonly<Record<string, string | undefined>>;
}

/** Lambda takes no larger request; base64 and the frame around it count there. */
export const mostBytes = 6 * 1024 ** 2;

/** A body that holds no records. */
export class UnreadableBody extends Error {
	constructor(
		readonly status: 400 | 413,
		message: string,
	) {
		super(message);
	}
}

/**
 * The texts of the records of a request: one JSON object, a list of them, `{"records": [ … ]}`, or NDJSON. Each has no
 * line break, so that it is a line of a stream; whether it is a record is for others to say. Throws UnreadableBody.
 */
export function readRecordTexts({ body = '', isBase64Encoded = false, headers = {} }: HttpRequest): string[] {
	const bytes = Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8');
	if (bytes.length > mostBytes) {
		throw new UnreadableBody(
			413,
			`The body has ${bytes.length} bytes, more than ${mostBytes}. Send fewer records at once.`,
		);
	}
	const text = decoded(bytes);
	const type = Object.entries(headers).find(([name]) => name.toLowerCase() === 'content-type')?.[1] ?? '';
	const records = /ndjson|jsonl|json-seq|jsonlines/i.test(type) ? splitLines(text) : splitRecords(text);
	if (records.length === 0) throw new UnreadableBody(400, 'The body holds no record. Send one as a JSON object.');
	return records.map((record) => record.replace(/[\r\n]+/g, ' '));
}

function splitRecords(text: string): string[] {
	const value = parsed(text);
	if (value === undefined) {
		const lines = splitLines(text);
		if (lines.length > 1 && parsed(lines[0] as string) !== undefined) return lines;
		throw new UnreadableBody(400, 'The body is not JSON. Send an object, a list of objects, or an object a line.');
	}
	if (Array.isArray(value)) return splitItems(text);
	if (typeof value === 'object' && value !== null && 'records' in value && Array.isArray(value.records)) {
		const named = splitMembers(text).findLast(([name]) => name === 'records');
		return named ? splitItems(named[1]) : [];
	}
	return [text.trim()];
}

const splitLines = (text: string): string[] =>
	text
		.split(/\r?\n/)
		.map((line) => line.trim())
		.filter((line) => line !== '');

function parsed(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
}

function decoded(bytes: Buffer): string {
	try {
		return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
	} catch {
		throw new UnreadableBody(400, 'The body is not UTF-8.');
	}
}
