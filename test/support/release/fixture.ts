import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { Answers } from './life';

/** A CloudFormation template, as far as tests look into it. */
export interface Template {
	readonly Resources: Readonly<Record<string, TemplateResource>>;
}
export interface TemplateResource {
	readonly Type: string;
	readonly Condition?: string;
	readonly DeletionPolicy?: string;
	readonly UpdateReplacePolicy?: string;
	readonly Properties?: Readonly<Record<string, unknown>>;
}

/** What `release.json` says of a recorded release. */
export interface ReleaseFacts {
	readonly version: string;
	/** The commit that the release was recorded from, and its date. */
	readonly commit: string;
	readonly date: string;
	/** The lake's bucket: Iceberg metadata and the tables of Glue name it. */
	readonly bucket: string;
	/** What the release itself answered about its lake. */
	readonly answers: Answers;
}

/** A release that the project keeps: see test/fixtures/releases/README.md. */
export interface Release extends ReleaseFacts {
	readonly template: Template;
	/** The archive of its bucket's objects, tables of Glue and items of DynamoDB. */
	readonly state: string;
}

const folder = resolve('test/fixtures/releases');

/** The paths of a release's files. */
export const releaseFiles = (version: string) => ({
	folder: join(folder, version),
	facts: join(folder, version, 'release.json'),
	template: join(folder, version, 'template.json.gz'),
	state: join(folder, version, 'state.tar.gz'),
});

/** All recorded releases, the oldest first. */
export const releaseVersions: readonly string[] = readdirSync(folder, { withFileTypes: true })
	.filter((entry) => entry.isDirectory())
	.map(({ name }) => name)
	.sort((one, other) => one.localeCompare(other, 'en', { numeric: true }));

export async function readRelease(version: string): Promise<Release> {
	const { facts, template, state } = releaseFiles(version);
	return {
		...(JSON.parse(await readFile(facts, 'utf8')) as ReleaseFacts),
		template: JSON.parse(gunzipSync(await readFile(template)).toString()) as Template,
		state,
	};
}
