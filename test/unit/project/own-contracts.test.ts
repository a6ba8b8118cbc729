import { join } from 'node:path';
import { verifyLake } from '../../../tasks/operations/verify';
import { ingestBatch } from '../../../tasks/pipeline/bronze';
import { clean } from '../../../tasks/pipeline/silver';
import { loadProject, noProject } from '../../../tasks/project';
import { runQuery } from '../../../tasks/query';
import { MemoryLake } from '../../support/memory-lake';
import { inProject, type ProjectFiles } from '../../support/project-folder';
import { inSources } from './in-sources';

const date = '2026-11-20';

const columns = (...lines: string[]): string =>
	`import { defineColumns, optional, text, whole, money, moment } from 'shoplake';\nexport default defineColumns({ ${lines.join(', ')} });\n`;
const channel: ProjectFiles = {
	'contracts/orders.ts': columns("channel: optional(text('Where it was placed.', { oneOf: ['web', 'shop'] }))"),
};

/** A lake in memory whose processes belong to a project. */
class ProjectLake extends MemoryLake {
	protected override now(): Date {
		return new Date('2026-11-24T12:00:00.000Z');
	}

	/** Makes the lake belong to a project with these files; to none without. */
	use = async (files?: ProjectFiles): Promise<void> => {
		this.project = files ? await inProject(files, loadProject) : noProject;
	};

	ingest(batch: string, files: Readonly<Record<string, string>>) {
		return inSources(files, (folder) =>
			this.process((context) => ingestBatch(context, { batch, sources: [folder], maxRejected: 1 })),
		);
	}

	async load(batch: string, files: Readonly<Record<string, string>>): Promise<void> {
		await this.ingest(batch, files);
		await this.process((context) => clean(context, { batches: [batch] }));
	}

	/** Rows of a statement, as `query` on DuckDB gives them. */
	query(sql: string) {
		return inSources({ 'q.sql': sql }, (folder) =>
			this.process(
				async (context) => (await runQuery(context, { file: join(folder, 'q.sql'), param: [], engine: 'duckdb' })).rows,
			),
		);
	}
}

const order = (order_id: string, more: object = {}): string =>
	`${JSON.stringify({ order_id, user_id: 'u1', order_date: date, total_amount: '10.00', status: 'pending', ...more })}\n`;

describe('a column that a project adds to orders', () => {
	it('is typed, validated, stored and queried like the product’s own', async () => {
		const lake = new ProjectLake();
		await lake.use(channel);
		const orders = [order('o1', { channel: ' web ' }), order('o2'), order('o3', { channel: 'mail' })].join('');
		await lake.load(date, { 'orders.ndjson': orders });
		expect(await lake.query('select order_id, channel from silver_orders order by 1')).toEqual([
			['o1', 'web'],
			['o2', null],
		]);
		expect(await lake.query('select order_id, channel, _extra from bronze_orders order by 1')).toEqual([
			['o1', 'web', null],
			['o2', null, null],
		]);
		expect(await lake.query('select rule, message from lake_quarantine')).toEqual([
			['enum', expect.stringContaining("channel is 'mail'")],
		]);
		expect(await lake.process((context) => verifyLake(context, {}))).toMatchObject({ findings: [] });
	});
});
