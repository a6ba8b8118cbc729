import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import type { TaskContext } from '../context';
import { UsageError } from '../platform/errors';
import type { Outcome } from '../platform/result';
import { localLayout } from './layout';
import { alone } from './lock';
import { answers, running, stop } from './ministack';
import { relayDown, relayTheRest } from './relay/relay-process';

/** Stops the local AWS, which saves what it has in memory; what lies on disk stays. Live orders are relayed first. */
export async function localDown({ log }: TaskContext, { dryRun }: { dryRun: boolean }): Promise<Outcome> {
	const layout = localLayout();
	return alone(layout, async () => {
		const server = await running(layout);
		if (dryRun) return server ? { status: 'planned', stop: server.pid } : { status: 'unchanged' };
		if (!server) {
			await relayDown(layout);
			return { status: 'unchanged' };
		}
		log.info('Stopping the local AWS …');
		if (await answers(server)) await relayTheRest(layout);
		await stop(layout, server);
		return { status: 'stopped', pid: server.pid };
	});
}

/**
 * Stops the local AWS and deletes its data, all of them; what was installed stays. Asks first unless `yes`.
 * Throws UsageError where nobody can be asked, or the answer is no.
 */
export async function localReset(
	context: TaskContext,
	{ yes, dryRun }: { yes: boolean; dryRun: boolean },
): Promise<Outcome> {
	const layout = localLayout();
	const { folder, state, objects, record, log, relayLog, relayPosition, deployed, lost, assembly, settings } = layout;
	const own = [state, objects, record, log, relayLog, relayPosition, deployed, lost, assembly, settings];
	const doomed = [...own, join(folder, 'real-baskets')];
	if (dryRun) return { status: 'planned', delete: doomed };
	if (!yes) await askToDelete(folder);
	return alone(layout, async () => {
		await relayDown(layout);
		const server = await running(layout);
		if (server) await stop(layout, server);
		for (const path of doomed) await rm(path, { recursive: true, force: true });
		context.log.info("All data of the local AWS are deleted. 'shoplake local up' begins anew.");
		return { status: 'reset', deleted: doomed };
	});
}

async function askToDelete(folder: string): Promise<void> {
	const question = `This deletes the lake and all tables of the local AWS in ${folder}.`;
	if (!process.stdin.isTTY) throw new UsageError(`${question} Say so: 'shoplake local reset --yes'.`);
	const terminal = createInterface({ input: process.stdin, output: process.stderr });
	const answer = await terminal.question(`${question} Type yes to go on: `);
	terminal.close();
	if (answer.trim().toLowerCase() !== 'yes') throw new UsageError('Nothing was deleted.');
}
