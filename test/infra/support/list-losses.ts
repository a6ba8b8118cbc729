import { statefulTypes } from '../../../infra/stateful';
import type { Template, TemplateResource } from '../../support/release/fixture';

const keepingPolicies = ['DeletionPolicy', 'UpdateReplacePolicy'] as const;

/**
 * What an update from one template to another would lose: stateful resources that the later one does not have, or that
 * CloudFormation would replace, that a parameter may switch off, or that would be kept no longer. A line each:
 * `LandingQueueDC665654: QueueName …`.
 */
export function listLosses(before: Template, after: Template): string[] {
	return Object.entries(before.Resources).flatMap(([id, old]) => {
		const state = statefulTypes[old.Type];
		if (state === undefined) return [];
		const now = after.Resources[id];
		if (now?.Type !== old.Type) return [`${id}: ${old.Type} is ${now?.Type ?? 'missing'}`];
		const properties = state.identity.map((path) => [path, read(old, path), read(now, path)]);
		const replaced = [...properties, ['Condition', old.Condition, now.Condition]]
			.map(([name, was, is]) => [name, JSON.stringify(was), JSON.stringify(is)])
			.filter(([, was, is]) => was !== is);
		const dropped = keepingPolicies
			.map((policy) => [policy, old[policy], now[policy]] as const)
			.filter(([, was, is]) => isKept(was) && !isKept(is));
		return [...replaced, ...dropped].map(([name, was, is]) => `${id}: ${name} ${was} is ${is}`);
	});
}

const isKept = (policy?: string): boolean => policy?.startsWith('Retain') ?? false;

function read({ Properties }: TemplateResource, path: string): unknown {
	let value: unknown = Properties;
	for (const name of path.split('.')) value = (value as Record<string, unknown> | undefined)?.[name];
	return value;
}
