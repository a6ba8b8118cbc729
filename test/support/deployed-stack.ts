import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deploy, synthesise } from '../../tasks/local/deploy';
import { localLayout } from '../../tasks/local/layout';
import { copySynthesised } from './synthesised-stack';

/** Deploys the stack of `infra/` to the AWS of a test, as `local up` does; resolves to its outputs. */
export async function deployStack(endpoint: string): Promise<Readonly<Record<string, string>>> {
	const home = await mkdtemp(join(tmpdir(), 'shoplake-stack-'));
	try {
		const layout = localLayout(home);
		await mkdir(layout.folder);
		await copySynthesised(layout);
		return (await deploy(layout, endpoint, await synthesise(layout))).outputs;
	} finally {
		await rm(home, { recursive: true });
	}
}
