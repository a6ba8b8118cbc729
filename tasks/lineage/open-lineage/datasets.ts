import { tableFolder } from '../../lake';
import { prefixes } from '../../lake/layout';
import type { LakeTable } from '../lake-table';
import type { How, Source } from '../relation';
import { type EventDataset, facet } from './events';

/** Where the tables of a lake are. */
export interface LakeNames {
	readonly bucket: string;
	readonly database: string;
	readonly region: string | undefined;
	/** The names of tables in DynamoDB, by their usual ones. */
	readonly dynamoDb: Readonly<Record<string, string>>;
}

/** What was written to a table, as far as it is known. */
export interface Written {
	readonly rowCount?: number;
	readonly size?: number;
	readonly fileCount?: number;
}

/**
 * The name of a table for OpenLineage. A table of the lake is its folder in S3, as OpenLineage names objects of S3; Athena's
 * name of it is a second one. For DynamoDB OpenLineage has no rule.
 */
export function datasetId({ id, name, layer }: LakeTable, names: LakeNames): { namespace: string; name: string } {
	if (layer === 'serving') {
		return { namespace: `dynamodb://${names.region ?? 'local'}`, name: names.dynamoDb[name] ?? name };
	}
	const namespace = `s3://${names.bucket}`;
	if (layer === 'records') return { namespace, name: `${prefixes.landing}${name}` };
	if (layer === 'live') return { namespace, name: `bronze/${name}` };
	return { namespace, name: tableFolder(id).replace(/\/$/, '') };
}

/** A table as OpenLineage describes it: its columns, and where each comes from. */
export function describeDataset(
	table: LakeTable,
	names: LakeNames,
	{ find, head, written, hasLineage = false }: DescribeOptions,
): EventDataset {
	const isInGlue = table.layer !== 'records' && table.layer !== 'serving';
	return {
		...datasetId(table, names),
		facets: {
			schema: facet('SchemaDatasetFacet', {
				fields: table.columns.map(({ name, type, description }) => ({ name, type, description })),
			}),
			documentation: facet('DocumentationDatasetFacet', { description: table.description }),
			...(head === undefined
				? {}
				: { version: facet('DatasetVersionDatasetFacet', { datasetVersion: `head ${head}` }) }),
			...(isInGlue && names.region ? { symlinks: athenaName(table, names) } : {}),
			...(hasLineage ? { columnLineage: columnLineage(table, names, find) } : {}),
		},
		...(written
			? { outputFacets: { outputStatistics: facet('OutputStatisticsOutputDatasetFacet', { ...written }) } }
			: {}),
	};
}

interface DescribeOptions {
	readonly find: (id: string) => LakeTable | undefined;
	readonly head?: number | undefined;
	readonly written?: Written | undefined;
	/** Whether it says where its columns come from: that of an output. */
	readonly hasLineage?: boolean;
}

const athenaName = ({ name }: LakeTable, { region, database }: LakeNames) =>
	facet('SymlinksDatasetFacet', {
		identifiers: [
			{
				namespace: `awsathena://athena.${region}.amazonaws.com`,
				name: `AwsDataCatalog.${database}.${name}`,
				type: 'TABLE',
			},
		],
	});

const directKinds: Readonly<Record<How, string>> = {
	copied: 'IDENTITY',
	computed: 'TRANSFORMATION',
	aggregated: 'AGGREGATION',
};

/** The columns that are derived. What a number of rows depends on is no column, so it is left out. */
function columnLineage({ making }: LakeTable, names: LakeNames, find: DescribeOptions['find']) {
	const field = ({ relation, column, how }: Source, type: 'DIRECT' | 'INDIRECT') => {
		const table = find(relation);
		if (!table || column === null) return [];
		const subtype = type === 'DIRECT' ? directKinds[how] : 'FILTER';
		return [{ ...datasetId(table, names), field: column, transformations: [{ type, subtype }] }];
	};
	const fields = [...making.columns].flatMap(([name, from]) => {
		const inputFields = (from ?? []).flatMap((source) => field(source, 'DIRECT'));
		return inputFields.length > 0 ? [[name, { inputFields }] as const] : [];
	});
	return facet('ColumnLineageDatasetFacet', {
		fields: Object.fromEntries(fields),
		dataset: making.rows.flatMap((source) => field(source, 'INDIRECT')),
	});
}
