import { type DuckDBValue, listValue } from '@duckdb/node-api';

/** Texts as a value to bind to a `varchar[]` parameter: exact, whatever characters they hold. At least one. */
export const textList = (texts: readonly string[]): DuckDBValue => listValue([...texts]);
