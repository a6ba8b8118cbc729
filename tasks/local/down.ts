import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import type { TaskContext } from '../context';
import { UsageError } from '../platform/errors';
import type { Outcome } from '../platform/result';
import { localLayout } from './layout';
import { withLock } from './lock';
import { findRunning, isAnswering, stopMinistack } from './ministack';
import { relayRemaining, stopRelay } from './relay/relay-process';

/** Stops the local AWS, which saves its state to disk. Live orders are relayed first. */
export async function localDown({ log }: TaskContext, { dryRun }: { dryRun: boolean }): Promise<Outcome> {
	const layout = localLayout();
	return withLock(layout, async () => {
		const server = await findRunning(layout);
		if (dryRun) return server ? { status: 'planned', stop: server.pid } : { status: 'unchanged' };
		if (!server) {
			await stopRelay(layout);
			return { status: 'unchanged' };
		}
		log.info('Stopping the local AWS …');
		if (await isAnswering(server)) await relayRemaining(layout);
		await stopMinistack(layout, server);
		return { status: 'stopped', pid: server.pid };
	});
}

/**
 * Stops the local AWS and deletes all its data; installed programs stay. Asks for confirmation unless `yes`.
 * Throws UsageError if there is no terminal to ask at, or if the answer is no.
 */
export async function localReset(
	context: TaskContext,
	{ yes, dryRun }: { yes: boolean; dryRun: boolean },
): Promise<Outcome> {
	const layout = localLayout();
	const { folder, state, objects, record, log, relayLog, relayPosition, deployed, lost, assembly, settings } = layout;
	const own = [state, objects, record, log, relayLog, relayPosition, deployed, lost, assembly, settings];
	const toDelete = [...own, join(folder, 'real-baskets')];
	if (dryRun) return { status: 'planned', delete: toDelete };
	if (!yes) await askToDelete(folder);
	return withLock(layout, async () => {
		await stopRelay(layout);
		const server = await findRunning(layout);
		if (server) await stopMinistack(layout, server);
		for (const path of toDelete) await rm(path, { recursive: true, force: true });
		context.log.info("All data of the local AWS are deleted. 'shoplake local up' starts over.");
		return { status: 'reset', deleted: toDelete };
	});
}

async function askToDelete(folder: string): Promise<void> {
	const question = `This deletes the lake and all tables of the local AWS in ${folder}.`;
	if (!process.stdin.isTTY) throw new UsageError(`${question} Confirm it: 'shoplake local reset --yes'.`);
	const terminal = createInterface({ input: process.stdin, output: process.stderr });
	const answer = await terminal.question(`${question} Type yes to continue: `);
	terminal.close();
	if (answer.trim().toLowerCase() !== 'yes') throw new UsageError('Nothing was deleted.');
}
