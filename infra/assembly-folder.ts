import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Works with a folder for the assembly of a CDK app, and removes it: the CDK would leave its own. */
export async function withAssemblyFolder<T>(work: (outdir: string) => T | Promise<T>): Promise<T> {
	const outdir = await mkdtemp(join(tmpdir(), 'shoplake-assembly-'));
	try {
		return await work(outdir);
	} finally {
		await rm(outdir, { recursive: true });
	}
}
