import type { LineageSettings, ParentRun } from './settings';

/** Who sends the events. */
const producer = 'urn:shoplake:task';
const spec = 'https://openlineage.io/spec';

export type EventType = 'START' | 'COMPLETE' | 'FAIL' | 'ABORT';

/** The versions of the facets' schemas. */
const facetVersions = {
	ColumnLineageDatasetFacet: '1-2-0',
	DatasetVersionDatasetFacet: '1-0-1',
	DocumentationDatasetFacet: '1-1-0',
	ErrorMessageRunFacet: '1-0-1',
	JobTypeJobFacet: '2-0-4',
	OutputStatisticsOutputDatasetFacet: '1-0-2',
	ParentRunFacet: '1-2-0',
	SchemaDatasetFacet: '1-2-0',
	SymlinksDatasetFacet: '1-0-1',
	TagsRunFacet: '1-0-0',
} as const;

type Json = Readonly<Record<string, unknown>>;

/** A facet of OpenLineage, with the schema that it keeps. */
export const facet = (name: keyof typeof facetVersions, fields: Json): Json => ({
	_producer: producer,
	_schemaURL: `${spec}/facets/${facetVersions[name]}/${name}.json#/$defs/${name}`,
	...fields,
});

/** A dataset in OpenLineage's form. */
export interface EventDataset {
	readonly namespace: string;
	readonly name: string;
	readonly facets: Json;
	readonly outputFacets?: Json;
}

/** What a task reads and writes. */
export interface StepDatasets {
	readonly inputs: readonly EventDataset[];
	readonly outputs: readonly EventDataset[];
}

/** What an event says. */
export interface EventFields {
	readonly type: EventType;
	readonly at: Date;
	/** A UUID. */
	readonly runId: string;
	/** The task: `load-kpis`. */
	readonly task: string;
	readonly parent: ParentRun | undefined;
	readonly root: ParentRun | undefined;
	readonly datasets?: StepDatasets;
	readonly error?: string | undefined;
	/** What else is known of the run. */
	readonly tags: Readonly<Record<string, string>>;
}

export const jobName = (task: string): string => `shoplake.${task.replaceAll(' ', '-')}`;

/** A run event as OpenLineage's JSON schema defines it. */
export function runEvent(settings: Pick<LineageSettings, 'namespace'>, fields: EventFields): Json {
	const { type, at, runId, task, parent, root, error, tags } = fields;
	const { inputs, outputs } = fields.datasets ?? { inputs: [], outputs: [] };
	return {
		eventType: type,
		eventTime: at.toISOString(),
		producer,
		schemaURL: `${spec}/2-0-2/OpenLineage.json#/$defs/RunEvent`,
		run: {
			runId,
			facets: {
				...(parent ? { parent: facet('ParentRunFacet', parentFields(parent, root)) } : {}),
				...(error === undefined
					? {}
					: { errorMessage: facet('ErrorMessageRunFacet', { message: error, programmingLanguage: 'TypeScript' }) }),
				tags: facet('TagsRunFacet', {
					tags: Object.entries(tags).map(([key, value]) => ({ key, value, source: 'SHOPLAKE' })),
				}),
			},
		},
		job: {
			namespace: settings.namespace,
			name: jobName(task),
			facets: {
				jobType: facet('JobTypeJobFacet', { processingType: 'BATCH', integration: 'SHOPLAKE', jobType: 'TASK' }),
			},
		},
		inputs: inputs.map(({ outputFacets: _, ...dataset }) => dataset),
		outputs,
	};
}

const parentFields = (parent: ParentRun, root: ParentRun | undefined): Json => ({
	run: { runId: parent.runId },
	job: { namespace: parent.namespace, name: parent.job },
	...(root ? { root: { run: { runId: root.runId }, job: { namespace: root.namespace, name: root.job } } } : {}),
});
