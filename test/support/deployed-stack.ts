import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deploy, synthesise } from '../../tasks/local/deploy';
import { localLayout } from '../../tasks/local/layout';
import { copySynthesised } from './synthesised-stack';

/** The stack of `infra/`, synthesised once. */
export interface SynthesisedStack {
	/** Deploys it to the AWS of a test, as `local up` does; resolves to its outputs. */
	deployTo(endpoint: string): Promise<Readonly<Record<string, string>>>;
	remove(): Promise<void>;
}

export async function synthesiseStack(): Promise<SynthesisedStack> {
	const home = await mkdtemp(join(tmpdir(), 'shoplake-stack-'));
	const layout = localLayout(home);
	await mkdir(layout.folder);
	await copySynthesised(layout);
	const template = await synthesise(layout);
	return {
		deployTo: async (endpoint) => (await deploy(layout, endpoint, template)).outputs,
		remove: () => rm(home, { recursive: true }),
	};
}

/** Deploys the stack of `infra/` to the AWS of a test, as `local up` does; resolves to its outputs. */
export async function deployStack(endpoint: string): Promise<Readonly<Record<string, string>>> {
	const stack = await synthesiseStack();
	try {
		return await stack.deployTo(endpoint);
	} finally {
		await stack.remove();
	}
}
