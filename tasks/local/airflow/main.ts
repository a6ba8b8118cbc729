#!/usr/bin/env node
// What `npm run airflow` runs: Airflow with the DAGs of this clone or project, on the local AWS, without Docker.
// With arguments it runs Airflow's own command line with the same settings: `npm run airflow -- dags list`.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { readTimeZone } from '../../platform/config';
import { ConfigurationError, exitCodes, ShoplakeError } from '../../platform/errors';
import { findProject } from '../../platform/project-folder';
import { loadProject } from '../../project';
import { localLayout, programFolder } from '../layout';
import { readSettings, type Settings } from '../settings';
import { type AirflowPlace, airflowEnvironment, installAirflow, prepareAirflow } from './environment';
import { describePaused, readPaused } from './paused';
import { startAirflow } from './servers';

const clone = programFolder();
const project = findProject(process.env);
/** What it keeps between two starts is in `.shoplake` of this folder. */
const home = project ?? clone;
const program = join(clone, 'dist', 'cli.js');
const defaultPort = 8080;

try {
	await main(process.argv.slice(2));
} catch (error) {
	if (!(error instanceof ShoplakeError)) throw error;
	say(error.message);
	process.exit(error.exitCode);
}

async function main(args: readonly string[]): Promise<void> {
	const { port, command } = parseArguments(args);
	const place: AirflowPlace = {
		clone,
		home: join(home, '.shoplake', 'airflow'),
		port,
		...(project === undefined ? {} : { project }),
	};
	const bin = await installAirflow(clone, () => say('Installing Airflow (once, about 600 MB on disk) …'), home);
	const env = airflowEnvironment(place, bin, await settings());
	if (command.length > 0) {
		const { status } = spawnSync('airflow', command, { env, stdio: 'inherit' });
		process.exit(status ?? exitCodes.internal);
	}
	say('Preparing the database and the DAGs …');
	const { user, password } = await prepareAirflow(place, env, Math.max(2, availableParallelism()));
	say('Starting Airflow …');
	const airflow = await startAirflow(place, env);
	say(
		[
			`Airflow is up: ${airflow.address}, user ${user}, password ${password}`,
			describePaused(await readPaused(airflow.address, { user, password })),
			`Logs of Airflow itself: ${place.home}/*.log. Ctrl-C stops it and the running tasks.`,
		].join('\n'),
	);
	const stopped = new Promise<void>((resolve) => process.once('SIGINT', resolve).once('SIGTERM', resolve));
	try {
		await Promise.race([stopped, airflow.broken]);
	} finally {
		say('Stopping Airflow …');
		await airflow.stop();
	}
}

/** `--port N` is a flag of this script; anything else is an Airflow command. */
function parseArguments(args: readonly string[]): { port: number; command: readonly string[] } {
	const [first, value] = args;
	const own = first === '--port';
	const text = (own ? value : undefined) ?? process.env.SHOPLAKE_AIRFLOW_PORT ?? String(defaultPort);
	const port = Number(text);
	if (!Number.isInteger(port) || port < 1 || port > 65535) {
		throw new ConfigurationError(`'${text}' is not a port: write 'npm run airflow -- --port 8081'.`);
	}
	return { port, command: own ? args.slice(2) : args };
}

/** The settings of the local lake; starts the local AWS if it is down. */
async function settings(): Promise<Settings> {
	if (!existsSync(program)) throw new ConfigurationError("shoplake is not built: run 'npm start' once, then retry.");
	const { status } = spawnSync(process.execPath, [program, 'local', 'up'], { stdio: ['ignore', 'ignore', 'inherit'] });
	if (status !== 0) throw new ConfigurationError("The local AWS can't be started; see its error above.");
	process.env.SHOPLAKE_HOME ??= home;
	// Steps have a working folder of their own.
	if (project !== undefined) process.env.SHOPLAKE_PROJECT = project;
	const own = Object.entries(process.env).filter(([name]) => name.startsWith('SHOPLAKE_'));
	const ofProject = project === undefined ? undefined : (await loadProject(project)).config.timeZone;
	return {
		...(Object.fromEntries(own) as Settings),
		// The DAGs begin a day at its midnight.
		SHOPLAKE_TIME_ZONE: readTimeZone(process.env, ofProject),
		SHOPLAKE_RUNTIME: 'process',
		SHOPLAKE_COMMAND: `'${process.execPath}' '${program}'`,
		SHOPLAKE_DATA_ARE_GENERATED: process.env.SHOPLAKE_DATA_ARE_GENERATED ?? 'true',
		...(await readSettings(localLayout())),
	};
}

function say(message: string): void {
	process.stderr.write(`${message}\n`);
}
