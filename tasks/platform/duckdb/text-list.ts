import { type DuckDBValue, listValue } from '@duckdb/node-api';

/** Texts as a value to bind to a `varchar[]` parameter, safe for any characters. At least one text. */
export const textList = (texts: readonly string[]): DuckDBValue => listValue([...texts]);
