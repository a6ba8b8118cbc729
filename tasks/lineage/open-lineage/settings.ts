import type { TaskContext } from '../../context';

/** A run that started another one. */
export interface ParentRun {
	readonly namespace: string;
	readonly job: string;
	readonly runId: string;
}

/** Where lineage events go, and how a run names itself. The variables are those of OpenLineage's own clients. */
export interface LineageSettings {
	readonly target:
		| { readonly kind: 'http'; readonly url: string; readonly apiKey: string | undefined }
		| { readonly kind: 'file'; readonly path: string };
	readonly namespace: string;
	readonly parent: ParentRun | undefined;
	readonly root: ParentRun | undefined;
}

type Env = Readonly<Record<string, string | undefined>>;

/** Whether the environment asks for lineage events at all. */
export const isLineageWanted = (env: Env): boolean =>
	env.OPENLINEAGE_DISABLED?.toLowerCase() !== 'true' &&
	Boolean(env.OPENLINEAGE_URL || env.OPENLINEAGE__TRANSPORT__TYPE?.toLowerCase() === 'file');

/**
 * Reads the settings; undefined where no events are wanted. A setting that can't be understood is a warning, as lineage never
 * stops a run.
 */
export function readLineageSettings(env: Env, log: TaskContext['log']): LineageSettings | undefined {
	if (!isLineageWanted(env)) return undefined;
	const target = env.OPENLINEAGE_URL ? httpTarget(env, log) : fileTarget(env, log);
	if (!target) return undefined;
	const parent = readParent('OPENLINEAGE_PARENT_ID', env, log);
	return {
		target,
		namespace: env.OPENLINEAGE_NAMESPACE || 'shoplake',
		parent,
		root: readParent('OPENLINEAGE_ROOT_PARENT_ID', env, log) ?? parent,
	};
}

function httpTarget(env: Env, log: TaskContext['log']): LineageSettings['target'] | undefined {
	const base = env.OPENLINEAGE_URL ?? '';
	const endpoint = (env.OPENLINEAGE_ENDPOINT || 'api/v1/lineage').replace(/^\/+/, '');
	const address = `${base.replace(/\/+$/, '')}/${endpoint}`;
	const url = URL.canParse(address) ? new URL(address) : undefined;
	if (url?.protocol === 'http:' || url?.protocol === 'https:') {
		return { kind: 'http', url: url.href, apiKey: env.OPENLINEAGE_API_KEY || undefined };
	}
	log.warn(`OPENLINEAGE_URL=${base} is not an address such as http://marquez:5000; no lineage is sent.`);
	return undefined;
}

function fileTarget(env: Env, log: TaskContext['log']): LineageSettings['target'] | undefined {
	const path = env.OPENLINEAGE__TRANSPORT__LOG_FILE_PATH;
	if (path) return { kind: 'file', path };
	log.warn('OPENLINEAGE__TRANSPORT__TYPE=file needs OPENLINEAGE__TRANSPORT__LOG_FILE_PATH; no lineage is written.');
	return undefined;
}

/** Namespace, job and run id between slashes; the namespace may have some of its own. */
function readParent(name: string, env: Env, log: TaskContext['log']): ParentRun | undefined {
	const text = env[name];
	if (!text) return undefined;
	const [, namespace, job, runId] = /^(.+)\/([^/]+)\/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/i.exec(text) ?? [];
	if (namespace && job && runId) return { namespace, job, runId };
	log.warn(`${name}=${text} is not namespace/job/run-id, with a UUID as the run id; the run has no parent.`);
	return undefined;
}
