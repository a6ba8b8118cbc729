import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
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

/** Runs the CDK app as a program, with the context, without bundling its functions; its templates by the names of stacks. */
async function synthesizeApp(context: object, env: NodeJS.ProcessEnv = {}): Promise<Record<string, Template>> {
	const assembly = await mkdtemp(join(tmpdir(), 'shoplake-synth-'));
	try {
		await promisify(execFile)(process.execPath, ['--import', 'tsx', join('infra', 'bin', 'app.ts')], {
			env: {
				...process.env,
				...env,
				CDK_OUTDIR: assembly,
				CDK_VALIDATION: 'false',
				CDK_CONTEXT_JSON: JSON.stringify({ 'aws:cdk:bundling-stacks': [], ...context }),
			},
		});
		const files = (await readdir(assembly)).filter((file) => file.endsWith('.template.json'));
		const read = async (file: string) => JSON.parse(await readFile(join(assembly, file), 'utf8'));
		return Object.fromEntries(
			await Promise.all(files.map(async (file) => [file.replace('.template.json', ''), await read(file)])),
		);
	} finally {
		await rm(assembly, { recursive: true });
	}
}

interface Template {
	readonly Resources: Readonly<Record<string, { readonly Type: string; readonly Properties: Record<string, unknown> }>>;
}

it('the CDK app of a project, run as a program, has the DynamoDB tables of its contracts and its time zone', () =>
	inProject(files, async (folder) => {
		const templates = await synthesizeApp({}, { SHOPLAKE_PROJECT: folder });
		const tables = Object.values(templates.Shoplake?.Resources ?? {})
			.filter(({ Type }) => Type === 'AWS::DynamoDB::Table')
			.map(({ Properties }) => Properties.TableName);
		expect(tables.sort()).toEqual([
			...['CategoryKPIs', 'Customers', 'OrderKPIs', 'OrderTable', 'Products', 'StockData'],
		]);
		expect(Object.keys(templates)).toEqual(['Shoplake']);
		// Of the function that accepts events by HTTP, and of the containers of all steps.
		const zoned = Object.entries(templates.Shoplake?.Resources ?? {})
			.filter(([, resource]) => JSON.stringify(resource).includes('Europe/Berlin'))
			.map(([id]) => id.replace(/[0-9A-F]{8}$/, ''));
		expect(zoned).toContainEqual(expect.stringMatching(/^EventEntryAnswer/));
		expect(zoned).toContainEqual(expect.stringMatching(/^Tasks.*[Ii]ngest/));
	}));

it('the CDK app has dashboards where the context names their reader', async () => {
	const reader = 'arn:aws:quicksight:us-east-1:111122223333:group/default/shop';
	const { Shoplake, ShoplakeDashboards } = await synthesizeApp({ dashboardReader: reader });
	const types = (template: Template | undefined) => Object.values(template?.Resources ?? {}).map(({ Type }) => Type);
	expect(types(ShoplakeDashboards)).toContain('AWS::QuickSight::Dashboard');
	expect(types(Shoplake).filter((type) => type.startsWith('AWS::QuickSight'))).toEqual([]);
});
