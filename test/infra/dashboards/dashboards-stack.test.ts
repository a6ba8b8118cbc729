import { Match, Template } from 'aws-cdk-lib/assertions';
import { AwsSolutionsChecks } from 'cdk-nag';
import { DashboardsStack } from '../../../infra/dashboards/dashboards-stack';
import { tables } from '../../../tasks/contracts';
import { makeStack } from '../support/synth';

const reader = 'arn:aws:quicksight:us-east-1:111122223333:group/default/shop';

function makeDashboards(named = reader): DashboardsStack {
	const lakehouse = makeStack();
	return new DashboardsStack(lakehouse.node.root, 'ShoplakeDashboards', { lakehouse, reader: named });
}

const stack = makeDashboards();
const template = Template.fromStack(stack);

interface Column {
	readonly Name: string;
	readonly Type: string;
}
/** The columns of each data set, by its id. */
const dataSets = new Map<string, readonly Column[]>(
	Object.values(template.findResources('AWS::QuickSight::DataSet')).map(({ Properties }) => [
		Properties.DataSetId,
		Properties.PhysicalTableMap.gold.RelationalTable.InputColumns,
	]),
);
const [dashboard] = Object.values(template.findResources('AWS::QuickSight::Dashboard')).map(
	({ Properties }) => Properties,
);

/** Every object within a value. */
function* walk(value: unknown): Generator<Record<string, unknown>> {
	if (typeof value !== 'object' || value === null) return;
	yield value as Record<string, unknown>;
	for (const part of Object.values(value)) yield* walk(part);
}

test('each data set reads one Gold table in the workgroup, with the columns of the contract and their types', () => {
	const types: Readonly<Record<string, string>> = {
		...{ string: 'STRING', boolean: 'BOOLEAN', date: 'DATETIME', timestamp: 'DATETIME' },
		...{ int: 'INTEGER', bigint: 'INTEGER', double: 'DECIMAL' },
	};
	for (const { Properties } of Object.values(template.findResources('AWS::QuickSight::DataSet'))) {
		const { RelationalTable } = Properties.PhysicalTableMap.gold;
		const table = tables.find(({ name }) => name === RelationalTable.Name);
		const columns = [
			...(table?.partition ? [{ name: table.partition.column, type: 'date' }] : []),
			...(table?.columns ?? []),
		];
		expect(table?.layer).toBe('gold');
		expect(RelationalTable).toMatchObject({ Catalog: 'AwsDataCatalog', Schema: 'ecommerce_analytics_db' });
		expect(RelationalTable.InputColumns.map(({ Name, Type }: Column) => [Name, Type])).toEqual(
			columns.map(({ name, type }) => [name, types[type] ?? 'DECIMAL']),
		);
	}
	template.hasResourceProperties('AWS::QuickSight::DataSource', {
		Type: 'ATHENA',
		DataSourceParameters: { AthenaParameters: { WorkGroup: 'shoplake' } },
	});
});

test('each chart reads columns that its data set has, adds up numbers only, and sorts by a field of its own', () => {
	const { DataSetIdentifierDeclarations, Sheets } = dashboard?.Definition ?? {};
	expect(DataSetIdentifierDeclarations.map(({ Identifier }: { Identifier: string }) => Identifier)).toEqual([
		...dataSets.keys(),
	]);
	expect(Sheets[0].Visuals.length).toBeGreaterThan(4);
	for (const visual of Sheets[0].Visuals) {
		const parts = [...walk(visual)];
		const columnsOf = (parts: readonly Record<string, unknown>[]) =>
			parts.flatMap(({ DataSetIdentifier, ColumnName }) =>
				ColumnName === undefined
					? []
					: [dataSets.get(String(DataSetIdentifier))?.find(({ Name }) => Name === ColumnName)?.Type],
			);
		expect(columnsOf(parts)).not.toContain(undefined);
		const measures = parts.flatMap(({ NumericalMeasureField }) => NumericalMeasureField ?? []);
		expect(new Set(columnsOf([...walk(measures)]))).not.toContain('STRING');
		const fields = parts.flatMap(({ FieldId, Column }) => (Column ? [FieldId] : []));
		expect(new Set(fields).size).toBe(fields.length);
		const sorted = parts.flatMap(({ FieldId, Direction }) => (Direction ? [FieldId] : []));
		expect(fields).toEqual(expect.arrayContaining(sorted));
	}
});

test('the sheet shows every chart once, in rows that are 36 columns wide', () => {
	const [{ Visuals, Layouts }] = dashboard?.Definition.Sheets ?? [];
	const { Elements } = Layouts[0].Configuration.GridLayout;
	const ids = Visuals.map((visual: object) => Object.values(visual)[0].VisualId);
	expect(Elements.map(({ ElementId }: { ElementId: string }) => ElementId)).toEqual(ids);
	expect(new Set(ids).size).toBe(ids.length);
	let inRow = 0;
	for (const { ColumnSpan } of Elements) inRow = inRow === 36 ? ColumnSpan : inRow + ColumnSpan;
	expect(inRow).toBe(36);
});

test('the reader may look at the dashboard and do nothing else in QuickSight', () => {
	expect(dashboard?.Permissions).toEqual([
		{
			Principal: reader,
			Actions: ['quicksight:DescribeDashboard', 'quicksight:ListDashboardVersions', 'quicksight:QueryDashboard'],
		},
	]);
	for (const type of ['AWS::QuickSight::DataSet', 'AWS::QuickSight::DataSource']) {
		for (const { Properties } of Object.values(template.findResources(type))) {
			expect(Properties).not.toHaveProperty('Permissions');
		}
	}
});

test('QuickSight has the rights of an analyst and no others', () => {
	template.resourceCountIs('AWS::IAM::Policy', 0);
	template.resourceCountIs('AWS::IAM::ManagedPolicy', 0);
	template.hasResourceProperties('AWS::IAM::Role', {
		ManagedPolicyArns: [{ 'Fn::ImportValue': Match.stringLikeRegexp('^Shoplake:ExportsOutputRefAnalystPolicy') }],
		AssumeRolePolicyDocument: {
			Statement: [
				{
					Action: 'sts:AssumeRole',
					Condition: { StringEqualsIfExists: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
					Effect: 'Allow',
					Principal: { Service: 'quicksight.amazonaws.com' },
				},
			],
		},
	});
});

test('a reader that is no user or group of QuickSight is refused', () => {
	expect(() => makeDashboards('jane')).toThrow(
		"dashboardReader 'jane' is not the ARN of a user or group of QuickSight; 'aws quicksight list-users' shows them.",
	);
});

test('the dashboards pass the AWS Solutions checks', () => {
	const { violations } = new AwsSolutionsChecks(stack).validateScope(stack);
	expect(violations.map(({ ruleName }) => ruleName)).toEqual([]);
});
