import type { Table, TableInput } from '@aws-sdk/client-glue';

/** How Athena and Trino store a view in Glue: its statement and columns as JSON in base64. */
const encoded = /^\/\* Presto View: (\S+) \*\/$/;
const viewType = 'VIRTUAL_VIEW';
/**
 * The comment that marks a view. Trino reads the table's description as the comment where there is one, so a view can have
 * no other description.
 */
export const viewDescription = 'Presto View';
/** Athena's name of the account's Glue catalogue: the default for tables that the statement names without a catalogue. */
const catalog = 'awsdatacatalog';

/** The part of a table's definition that makes the table a view. */
export function viewInput(
	sql: string,
	columns: readonly { readonly name: string; readonly type: string }[],
	schema: string,
): Pick<TableInput, 'TableType' | 'ViewOriginalText' | 'ViewExpandedText'> & { Parameters: Record<string, string> } {
	const view = {
		originalSql: sql,
		catalog,
		schema,
		columns: columns.map(({ name, type }) => ({ name, type: trinoType(type) })),
	};
	return {
		TableType: viewType,
		ViewOriginalText: `/* Presto View: ${Buffer.from(JSON.stringify(view)).toString('base64')} */`,
		ViewExpandedText: '/* Presto View */',
		Parameters: { presto_view: 'true', comment: viewDescription },
	};
}

/** The statement of a view; undefined for a table, empty for a view that is stored in another form. */
export function viewSql({ TableType, ViewOriginalText }: Table): string | undefined {
	if (TableType !== viewType) return undefined;
	const [, text] = encoded.exec(ViewOriginalText ?? '') ?? [];
	if (text === undefined) return '';
	try {
		return String(JSON.parse(Buffer.from(text, 'base64').toString('utf8')).originalSql);
	} catch {
		return '';
	}
}

const trinoType = (type: string): string => ({ string: 'varchar', int: 'integer' })[type] ?? type;
