import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort, installOnce, type Server, startServer } from './server';

const run = promisify(execFile);
const here = join(process.cwd(), 'test', 'support', 'dynamodb-local');
const libraries = join(process.cwd(), '.shoplake', 'dynamodb-local');

/** Starts Amazon's own DynamoDB Local, in memory, on a free port; fetches it by Maven where it is missing. Needs a JDK 17. */
export async function startDynamoDbLocal(): Promise<Server> {
	await installOnce(libraries, async () => {
		const flags = ['--quiet', '--batch-mode', '--file', join(here, 'pom.xml')];
		await run('mvn', [...flags, 'dependency:copy-dependencies', `-DoutputDirectory=${libraries}`]);
	});
	const port = await freePort();
	const java = [`-Djava.library.path=${libraries}`, '-cp', join(libraries, '*'), join(here, 'LoopbackDynamoDb.java')];
	return startServer({
		program: 'java',
		flags: [...java, '-inMemory', '-disableTelemetry', '-port', String(port)],
		port,
	});
}
