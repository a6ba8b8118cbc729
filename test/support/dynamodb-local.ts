import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { withLock } from '../../tasks/local/lock';
import { freePort, type Server, startServer } from './server';

const run = promisify(execFile);
const here = join(process.cwd(), 'test', 'support', 'dynamodb-local');
const folder = join(process.cwd(), '.shoplake');
const libraries = join(folder, 'dynamodb-local');
/** Written when all is there. */
const installed = join(libraries, 'installed');

/** Starts Amazon's own DynamoDB Local, in memory, on a free port; fetches it by Maven where it is missing. Needs a JDK 17. */
export async function startDynamoDbLocal(): Promise<Server> {
	await withLock({ folder, lock: `${libraries}.lock` }, async () => {
		if (existsSync(installed)) return;
		const flags = ['--quiet', '--batch-mode', '--file', join(here, 'pom.xml')];
		await run('mvn', [...flags, 'dependency:copy-dependencies', `-DoutputDirectory=${libraries}`]);
		await writeFile(installed, '');
	});
	const port = await freePort();
	const java = [`-Djava.library.path=${libraries}`, '-cp', join(libraries, '*'), join(here, 'LoopbackDynamoDb.java')];
	return startServer({
		program: 'java',
		flags: [...java, '-inMemory', '-disableTelemetry', '-port', String(port)],
		port,
	});
}
