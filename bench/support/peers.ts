import { execFile } from 'node:child_process';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { pythonEnvironment } from '../../tasks/local/python-environment';
import { type Measured, measure } from '../../test/support/measure';
import type { DayTables } from './day-tables';

const home = join(import.meta.dirname, '..', '..');
const scripts = join(home, 'bench', 'peers');
const run = promisify(execFile);

export type PeerName = 'polars' | 'dbt' | 'pyspark';
export const peerNames: readonly PeerName[] = ['polars', 'dbt', 'pyspark'];

/** A peer's run over a day. */
export interface PeerRun {
	readonly measured: Measured;
	/** Read after the peer has ended. */
	readonly tables: DayTables;
}

/** Installs what the peers need; the result runs one over a day in local files, and writes below `work`. */
export async function installPeers(
	work: string,
	day: { readonly source: string; readonly date: string },
): Promise<(peer: PeerName) => Promise<PeerRun>> {
	const bin = await pythonEnvironment({
		folder: join(home, '.shoplake', 'bench-venv'),
		requirements: join(home, 'bench', 'requirements.txt'),
		purpose: 'The comparison with Polars, dbt and PySpark',
		onInstall: () => console.error('Installing Polars, dbt and PySpark (about 600 MB) …'),
	});
	const python = join(bin, 'python');
	return async (peer) => {
		const out = join(work, peer);
		await rm(out, { recursive: true, force: true });
		await mkdir(out, { recursive: true });
		const args = [join(scripts, `${peer}_day.py`), '--source', day.source, '--date', day.date, '--out', out];
		if (peer === 'dbt') {
			args.push('--target', join(work, 'dbt-target'));
			await run(python, [...args, '--parse']);
		}
		const measured = await measure(python, args);
		const { stdout } = await run(python, [join(scripts, 'table_sums.py'), '--out', out]);
		await rm(out, { recursive: true });
		return { measured, tables: JSON.parse(stdout).tables as DayTables };
	};
}

/** Runs the floor from source files in S3 or from a batch of Bronze, in a lake's environment. */
export const runFloor = (from: readonly ['--source' | '--batch', string], env: NodeJS.ProcessEnv): Promise<Measured> =>
	measure('node', [join(scripts, 'floor.mjs'), ...from, '--to', 'floor/'], { env });
