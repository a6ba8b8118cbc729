import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';

type Json = Readonly<Record<string, unknown>>;

/** The official JSON schemas of OpenLineage, as its repository has them. */
const folder = 'test/fixtures/openlineage';
const definitions: Json = Object.assign(
	{},
	...readdirSync(folder)
		.filter((name) => name.endsWith('.json'))
		.map((name) => withLocalNames((JSON.parse(readFileSync(join(folder, name), 'utf8')) as Json).$defs)),
);

/** A schema with the addresses of other schemas as names of this one: all names are different. */
function withLocalNames(value: unknown): unknown {
	if (Array.isArray(value)) return value.map(withLocalNames);
	if (typeof value !== 'object' || value === null) return value;
	return Object.fromEntries(
		Object.entries(value).map(([name, part]) => [
			name,
			name === '$ref' ? `#/$defs/${String(part).split('/').at(-1)}` : withLocalNames(part),
		]),
	);
}

const schemas = new Map<string, z.ZodType>();
function schemaOf(name: string): z.ZodType {
	const known = schemas.get(name);
	if (known) return known;
	if (!(name in definitions)) throw new Error(`${folder} has no schema ${name}`);
	const schema = z.fromJSONSchema({ $defs: definitions, $ref: `#/$defs/${name}` } as Parameters<
		typeof z.fromJSONSchema
	>[0]);
	schemas.set(name, schema);
	return schema;
}

/** What is wrong with a run event and with each of its facets, by the official schemas; empty if it keeps them. */
export function schemaFaults(event: unknown): string[] {
	const faults = (name: string, value: unknown): string[] => {
		const { success, error } = schemaOf(name).safeParse(value);
		return success ? [] : error.issues.map(({ path, message }) => `${name} ${path.join('.')}: ${message}`);
	};
	const facets: string[] = [];
	const visit = (value: unknown): void => {
		if (typeof value !== 'object' || value === null) return;
		const address = (value as Json)._schemaURL;
		if (address !== undefined) {
			const [, version, file, name] =
				/^https:\/\/openlineage\.io\/spec\/facets\/([\d-]+)\/(\w+)\.json#\/\$defs\/(\w+)$/.exec(String(address)) ?? [];
			const schema = readFileSync(join(folder, `${file}.json`), 'utf8');
			if (!schema.includes(`/facets/${version}/${file}.json`)) facets.push(`${address} is not the version at hand`);
			facets.push(...faults(name ?? '', value));
		}
		Object.values(value).forEach(visit);
	};
	visit(event);
	return [...faults('RunEvent', event), ...facets];
}
