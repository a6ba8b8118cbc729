import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
/** It fixes the version of Maven's plugin. */
const pom = join(process.cwd(), 'test', 'support', 'trino', 'pom.xml');

/** Copies a file of Maven's repositories, `group:artifact:version[:type]`, into a folder. Maven keeps what it has fetched. */
export async function copyArtifact(artifact: string, folder: string): Promise<void> {
	const flags = ['--quiet', '--batch-mode', '--file', pom, `-Dartifact=${artifact}`, `-DoutputDirectory=${folder}`];
	await run('mvn', ['dependency:copy', ...flags]);
}
