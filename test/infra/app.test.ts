import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { contract, inProject } from '../support/project-folder';

const files = {
	'shoplake.config.ts':
		"import { defineConfig } from 'shoplake';\n\nexport default defineConfig({ timeZone: 'Europe/Berlin' });\n",
	'contracts/customers.ts': contract(`
		description: 'The customers of a date: one row.',
		partition: 'order_date',
		columns: { customers: { type: 'bigint', description: 'Customers.' } },
		key: [],
		serving: { table: 'Customers', key: ['order_date'] },`),
	'sql/gold/customers.sql':
		'-- Inputs: orders.\nselect order_date, count(distinct user_id) as customers from orders group by order_date',
};

it('the CDK app of a project, run as a program, has the DynamoDB tables of its contracts and its time zone', () =>
	inProject(files, async (folder) => {
		const assembly = await mkdtemp(join(tmpdir(), 'shoplake-synth-'));
		try {
			await promisify(execFile)(process.execPath, ['--import', 'tsx', join('infra', 'bin', 'app.ts')], {
				env: { ...process.env, SHOPLAKE_PROJECT: folder, CDK_OUTDIR: assembly, CDK_VALIDATION: 'false' },
			});
			const { Resources } = JSON.parse(await readFile(join(assembly, 'Shoplake.template.json'), 'utf8'));
			const tables = (Object.values(Resources) as { Type: string; Properties: Record<string, unknown> }[])
				.filter(({ Type }) => Type === 'AWS::DynamoDB::Table')
				.map(({ Properties }) => Properties.TableName);
			expect(tables.sort()).toEqual([
				...['CategoryKPIs', 'Customers', 'OrderKPIs', 'OrderTable', 'Products', 'StockData'],
			]);
			// Of the function that accepts events by HTTP, and of the containers of all steps.
			const zoned = (Object.entries(Resources) as [string, unknown][])
				.filter(([, resource]) => JSON.stringify(resource).includes('Europe/Berlin'))
				.map(([id]) => id.replace(/[0-9A-F]{8}$/, ''));
			expect(zoned).toContainEqual(expect.stringMatching(/^EventEntryAnswer/));
			expect(zoned).toContainEqual(expect.stringMatching(/^Tasks.*[Ii]ngest/));
		} finally {
			await rm(assembly, { recursive: true });
		}
	}));
