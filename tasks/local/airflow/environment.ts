import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { InternalError } from '../../platform/errors';
import { lastOutput } from '../last-lines';
import { withLock } from '../lock';
import { pythonEnvironment } from '../python-environment';

const run = promisify(execFile);
const user = 'admin';
/** How long a process waits for another one that writes to the database: SQLite allows one writer at a time. */
const databaseSeconds = 60;
/** Runs commands of Airflow in one process, because each process loads all of Airflow first. */
const prepare = `import json, sqlite3, sys
from airflow.__main__ import main
database, commands = sys.argv[1:]
# In this mode readers of the database don't block its writer.
sqlite3.connect(database).execute("pragma journal_mode=wal")
for command in json.loads(commands):
    sys.argv = ["airflow", *command]
    main()`;

/** An Airflow installation: the folder of its database, settings and logs, and the port of its web pages. */
export interface AirflowPlace {
	/** The clone or installed package whose DAGs it runs, or whose factory the DAGs of a project import. */
	readonly clone: string;
	/** The project whose DAGs it runs, if any. */
	readonly project?: string;
	/** `AIRFLOW_HOME`. */
	readonly home: string;
	/** The port of the API server, on 127.0.0.1. */
	readonly port: number;
}

/** The login of Airflow's web pages. */
export interface Login {
	readonly user: string;
	readonly password: string;
}

/**
 * Installs Airflow in `.shoplake/airflow-venv` of `home`, by default the clone, unless it is there; resolves to its `bin`
 * folder.
 * @throws ConfigurationError without a suitable Python, TryAgainError if the packages can't be installed
 */
export async function installAirflow(
	clone: string,
	onInstall: () => void = () => undefined,
	home: string = clone,
): Promise<string> {
	const folder = join(home, '.shoplake');
	return withLock({ folder, lock: join(folder, 'airflow-venv.lock') }, async () => {
		const venv = join(folder, 'airflow-venv');
		const requirements = join(clone, 'docker', 'airflow-requirements.txt');
		return pythonEnvironment({ folder: venv, requirements, purpose: 'Airflow', oldest: [3, 11], onInstall });
	});
}

/**
 * The environment of every Airflow process and of its command line. `settings` give the lake and the runtime of the DAGs'
 * steps; no other shoplake or AWS variable is taken from this process.
 */
export function airflowEnvironment(
	{ clone, project, home, port }: AirflowPlace,
	bin: string,
	settings: Readonly<Record<string, string>>,
): NodeJS.ProcessEnv {
	const own = Object.entries(process.env).filter(([name]) => !/^(AWS|SHOPLAKE|AIRFLOW)_/.test(name));
	const address = `http://127.0.0.1:${port}`;
	const dags = join(clone, 'dags');
	return {
		...Object.fromEntries(own),
		...settings,
		PATH: `${bin}:${process.env.PATH}`,
		AIRFLOW_HOME: home,
		AIRFLOW__API__BASE_URL: address,
		AIRFLOW__API__HOST: '127.0.0.1',
		AIRFLOW__API__PORT: String(port),
		AIRFLOW__API__WORKERS: '1',
		AIRFLOW__CORE__DAGS_FOLDER: join(project ?? clone, 'dags'),
		AIRFLOW__CORE__EXECUTION_API_SERVER_URL: `${address}/execution/`,
		AIRFLOW__CORE__EXECUTOR: 'LocalExecutor',
		AIRFLOW__CORE__LOAD_EXAMPLES: 'False',
		AIRFLOW__CORE__PARALLELISM: '8',
		AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE: join(home, 'passwords.json'),
		AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS: `${user}:admin`,
		AIRFLOW__DATABASE__SQL_ALCHEMY_CONN: `sqlite:///${join(home, 'airflow.db')}?timeout=${databaseSeconds}`,
		// A task whose worker died is retried after one minute, not five.
		AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT: '60',
		AIRFLOW__USAGE_DATA_COLLECTION__ENABLED: 'False',
		PYTHONDONTWRITEBYTECODE: '1',
		PYTHONPATH: [dags, join(dags, 'shoplake_airflow', 'sqlite')].join(delimiter),
	};
}

/** Creates or updates the database, the pool, the login and the DAGs; resolves to the login. Throws InternalError. */
export async function prepareAirflow({ home }: AirflowPlace, env: NodeJS.ProcessEnv, slots: number): Promise<Login> {
	await mkdir(home, { recursive: true });
	const pool = ['pools', 'set', 'shoplake', String(slots), 'All tasks of shoplake share these slots'];
	const commands = [['db', 'migrate'], pool, ['dags', 'reserialize']];
	const args = ['-c', prepare, join(home, 'airflow.db'), JSON.stringify(commands)];
	await run('python', args, { env, maxBuffer: 64 * 1024 ** 2 }).catch((error) => {
		throw new InternalError(`Airflow's database in ${home} can't be prepared. It said: ${lastOutput(error, 6)}`);
	});
	return login(join(home, 'passwords.json'));
}

/** The login is generated once, and only this user can read it. */
async function login(file: string): Promise<Login> {
	if (!existsSync(file)) {
		await writeFile(file, JSON.stringify({ [user]: randomBytes(12).toString('base64url') }), { mode: 0o600 });
	}
	const { [user]: password = '' } = JSON.parse(await readFile(file, 'utf8'));
	return { user, password };
}
