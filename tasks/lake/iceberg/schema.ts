import { recordedColumns } from '../../contracts/field-ids';
import type { IcebergMetadata, IcebergSchema } from './metadata';

/** A column, with its type as the contracts spell it. */
export interface OpenColumn {
	readonly name: string;
	readonly type: string;
	readonly comment: string;
}

/** What is published of a table. */
export interface OpenTable {
	readonly name: string;
	readonly description: string;
	readonly columns: readonly OpenColumn[];
	/** The partition column, of type `date`, or none. It isn't stored in the files. */
	readonly partitionKeys: readonly OpenColumn[];
}

/** Columns that have no recorded id, as those of a project's own tables, get ids above this one. */
export const firstOwnId = 10_000;
/** The id of the partition in Iceberg's partition specs; those of columns are numbered apart. */
const partitionFieldId = 1000;

/** A table's schema. A column's name keeps its id for ever: as recorded, else as published, else the next one. */
export function nextSchema(
	{ name: table, columns, partitionKeys }: OpenTable,
	published: readonly IcebergSchema[],
): IcebergSchema {
	const ids = new Map((recordedColumns[table] ?? []).map((name, index) => [name, index + 1]));
	for (const { id, name } of published.flatMap(({ fields }) => fields)) ids.set(name, id);
	let last = Math.max(firstOwnId, ...ids.values());
	const fields = [...columns, ...partitionKeys].map(({ name, type, comment }) => {
		const id = ids.get(name) ?? ++last;
		return { id, name, required: false, type: icebergType(type), doc: comment };
	});
	const same = published.find((schema) => JSON.stringify(schema.fields) === JSON.stringify(fields));
	return same ?? { type: 'struct', 'schema-id': published.length, fields };
}

/** The id of each column by its name. */
export const fieldIds = ({ fields }: IcebergSchema): ReadonlyMap<string, number> =>
	new Map(fields.map(({ id, name }) => [name, id]));

export const highestId = (schemas: readonly IcebergSchema[]): number =>
	Math.max(0, ...schemas.flatMap(({ fields }) => fields.map(({ id }) => id)));

/** By it, readers find the columns of files that hold no field ids: those of earlier schemas, too. */
export function nameMapping(schemas: readonly IcebergSchema[]): string {
	const names = new Map(schemas.flatMap(({ fields }) => fields.map(({ id, name }) => [id, name] as const)));
	return JSON.stringify([...names].map(([id, name]) => ({ 'field-id': id, names: [name] })));
}

/** One partition a date, or none. */
export function partitionSpec(
	{ partitionKeys: [key] }: { readonly partitionKeys: readonly Pick<OpenColumn, 'name'>[] },
	schema: IcebergSchema,
): IcebergMetadata['partition-specs'][number] {
	const id = key && fieldIds(schema).get(key.name);
	if (!key || id === undefined) return { 'spec-id': 0, fields: [] };
	const field = { name: key.name, transform: 'identity', 'source-id': id, 'field-id': partitionFieldId };
	return { 'spec-id': 0, fields: [field] };
}

/** A column's type as Iceberg spells it. */
export const icebergType = (type: string): string =>
	({ bigint: 'long' })[type] ?? type.replace(/^decimal\((\d+),(\d+)\)$/, 'decimal($1, $2)');
