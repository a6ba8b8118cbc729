import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Outcome } from '../platform/result';
import { formatEndpoint } from './address';
import { readStack } from './deploy';
import { localLayout } from './layout';
import { findRunning, hasSavedState, isAnswering, lastStarted } from './ministack';
import { runningRelay } from './relay/relay-process';
import { readSettings } from './settings';

/** What runs, what is deployed, and where the data are. `disk_bytes` counts the files under `.shoplake`. */
export async function localStatus(): Promise<Outcome> {
	const layout = localLayout();
	const [server, before, settings] = await Promise.all([
		findRunning(layout),
		lastStarted(layout),
		readSettings(layout),
	]);
	const answering = server !== undefined && (await isAnswering(server));
	const stack = answering ? await readStack(formatEndpoint(server)) : undefined;
	const killed = !server && before !== undefined && !(await hasSavedState(layout, before));
	return {
		status: answering ? 'up' : server ? 'not answering' : killed ? 'killed' : 'down',
		endpoint: server ? formatEndpoint(server) : (settings?.AWS_ENDPOINT_URL ?? null),
		pid: server?.pid ?? null,
		relay_pid: (await runningRelay(layout))?.pid ?? null,
		stack: stack?.status ?? null,
		bucket: settings?.SHOPLAKE_BUCKET ?? null,
		data: layout.folder,
		disk_bytes: {
			objects: await bytesUnder(layout.objects),
			state: await bytesUnder(layout.state),
			installed: await bytesUnder(layout.venv),
		},
	};
}

/** Bytes of the files in a folder and below; 0 without a folder. */
async function bytesUnder(folder: string): Promise<number> {
	let bytes = 0;
	for (const entry of await readdir(folder, { withFileTypes: true, recursive: true }).catch(() => [])) {
		// Node 20.11 has the older name only.
		const path = join(entry.parentPath ?? entry.path, entry.name);
		if (entry.isFile()) bytes += (await stat(path).catch(() => ({ size: 0 }))).size;
	}
	return bytes;
}
