import { realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ConfigurationError } from '../platform/errors';
import { findAbove } from '../platform/find-above';
import { homeOfClone, localSettingsPath, relayPositionPath } from '../platform/local-settings';

/** The paths of the local AWS. Everything that `up` creates is under `folder`. */
export interface Layout {
	/** The project or clone whose local AWS this is. */
	readonly home: string;
	/** The clone or installed package whose program and template run; the same as `home` in a clone. */
	readonly program: string;
	readonly folder: string;
	/** The virtual environment that MiniStack runs in. */
	readonly venv: string;
	/** The state that MiniStack saves when it is stopped: tables, stacks, settings. */
	readonly state: string;
	/** The objects of S3 as files; MiniStack writes them immediately. */
	readonly objects: string;
	/** The MiniStack that was started last. */
	readonly record: string;
	/** The output of MiniStack. */
	readonly log: string;
	/** The relay of live orders that was started last, its output, and its position in the stream. */
	readonly relay: string;
	readonly relayLog: string;
	readonly relayPosition: string;
	/** The template that was deployed last. */
	readonly deployed: string;
	/** Exists while MiniStack's lost state is not restored yet. */
	readonly lost: string;
	/** Where the CDK app synthesises to. */
	readonly assembly: string;
	/** The settings that tasks read. */
	readonly settings: string;
	/** The lock of the process that works on all this. */
	readonly lock: string;
}

export function localLayout(home = homeOfClone()): Layout {
	const folder = join(home, '.shoplake');
	return {
		home,
		program: programFolder(),
		folder,
		venv: join(folder, 'venv'),
		state: join(folder, 'state'),
		objects: join(folder, 'objects'),
		record: join(folder, 'ministack.json'),
		log: join(folder, 'ministack.log'),
		relay: join(folder, 'relay.json'),
		relayLog: join(folder, 'relay.log'),
		relayPosition: relayPositionPath(),
		deployed: join(folder, 'deployed.json'),
		lost: join(folder, 'lost-state'),
		assembly: join(folder, 'cdk.out'),
		settings: localSettingsPath(),
		lock: join(folder, 'local.lock'),
	};
}

/** The nearest folder above the running program that has the CDK app. */
export function programFolder(): string {
	const start = dirname(realpathSync(process.argv[1] ?? '.'));
	const app = findAbove(start, 'cdk.json');
	if (app !== undefined) return dirname(app);
	throw new ConfigurationError(
		`The local AWS needs all of shoplake (with cdk.json and infra/), and ${start} is not part of it. Install the package, or clone the repository and run 'npm start' there.`,
	);
}

/** The folder of a package that the program depends on: its own, or one that npm has put beside it. */
export const packageFolder = (program: string, name: string): string | undefined =>
	findAbove(program, join('node_modules', name));
