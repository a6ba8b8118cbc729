/** The part of parquetjs-lite that the tests use; it brings no types of its own. */
declare module 'parquetjs-lite' {
	interface ParquetField {
		readonly type: string;
		readonly optional?: boolean;
		readonly repeated?: boolean;
		readonly compression?: string;
	}
	export class ParquetSchema {
		constructor(fields: Readonly<Record<string, ParquetField>>);
	}
	export class ParquetWriter {
		static openFile(schema: ParquetSchema, path: string): Promise<ParquetWriter>;
		appendRow(row: Readonly<Record<string, unknown>>): Promise<void>;
		close(): Promise<void>;
	}
}
