import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rebuild, retype } from '../../../tasks/pipeline';
import { type IngestOptions, ingestBatch } from '../../../tasks/pipeline/bronze';
import { aggregate } from '../../../tasks/pipeline/gold';
import { clean } from '../../../tasks/pipeline/silver';
import { loadProject, noProject } from '../../../tasks/project';
import { runQuery } from '../../../tasks/query';
import { MemoryLake } from '../../support/memory-lake';
import { inProject, type ProjectFiles } from '../../support/project-folder';

type Texts = Readonly<Record<string, string>>;

/** A lake in memory whose processes belong to a project. */
export class ProjectLake extends MemoryLake {
	protected override now(): Date {
		return new Date('2026-11-24T12:00:00.000Z');
	}

	/** Makes all further processes belong to a project with these files; without them to none. */
	async use(files?: ProjectFiles): Promise<void> {
		this.project = files ? await inProject(files, loadProject) : noProject;
	}

	/** Ingests files, given as their texts by name; `map` names one of them, or a folder. */
	ingest(batch: string, files: Texts, { map, ...options }: Partial<IngestOptions> = {}) {
		return inFolder(files, (folder) =>
			this.process((context) =>
				ingestBatch(context, {
					...{ batch, maxRejected: 1, ...options },
					sources: Object.keys(files)
						.filter((name) => name !== map)
						.map((name) => join(folder, name)),
					...(map === undefined ? {} : { map: map.startsWith('/') ? map : join(folder, map) }),
				}),
			),
		);
	}

	clean(batch: string) {
		return this.process((context) => clean(context, { batches: [batch] }));
	}

	async load(batch: string, files: Texts, options: Partial<IngestOptions> = {}): Promise<void> {
		await this.ingest(batch, files, options);
		await this.clean(batch);
	}

	/** Does `rebuild --retype`; returns the batches that were typed again. */
	async retype(): Promise<string[]> {
		const retyped = await this.process((context) => retype(context));
		await this.rebuild();
		return retyped;
	}

	rebuild() {
		return this.process((context) => rebuild(context, undefined));
	}

	aggregate() {
		return this.process((context) => aggregate(context.step('aggregate'), { kind: 'all' }));
	}

	/** Rows of a statement, as `query` on DuckDB gives them. */
	query(sql: string) {
		return inFolder({ 'q.sql': sql }, (folder) =>
			this.process(async (context) => {
				const { rows } = await runQuery(context, { file: join(folder, 'q.sql'), param: [], engine: 'duckdb' });
				return rows;
			}),
		);
	}
}

/** Does work with files in a folder of their own. */
export async function inFolder<T>(files: Texts, work: (folder: string) => Promise<T>): Promise<T> {
	const folder = await mkdtemp(join(tmpdir(), 'shoplake-sources-'));
	try {
		for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
		return await work(folder);
	} finally {
		await rm(folder, { recursive: true });
	}
}
