import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { TaskContext } from '../context';
import { prefixes } from '../lake/layout';
import { makeOutFolder, refusedAt } from '../platform/out-folder';
import { isS3Location, parseS3Location } from '../platform/s3-location';

/**
 * Writes a page into a folder or under a prefix (by default that of reports in the lake's bucket), over one of the same
 * name.
 */
export async function writePage(
	context: TaskContext,
	page: string,
	{ name, out }: { readonly name: string; readonly out: string | undefined },
): Promise<void> {
	if (out !== undefined && !isS3Location(out)) {
		await makeOutFolder(out);
		const path = join(out, name);
		await writeFile(path, page).catch((error) => {
			throw refusedAt(out, error);
		});
		return;
	}
	const { bucket, key } = parseS3Location(locatePage(context, { name, out }), '--out');
	const store = bucket === context.config.bucket ? (await context.lake()).store : await context.bucket(bucket);
	await store.putText(key, page, 'text/html; charset=utf-8');
}

/** Where `writePage` writes a page: the full path, or the address in S3. */
export function locatePage(
	context: TaskContext,
	{ name, out }: { readonly name: string; readonly out: string | undefined },
): string {
	if (out !== undefined && !isS3Location(out)) return resolve(out, name);
	const { bucket, key } = parseS3Location(out ?? `s3://${context.config.bucket}/${prefixes.reports}`, '--out');
	return `s3://${bucket}/${key === '' || key.endsWith('/') ? key : `${key}/`}${name}`;
}
