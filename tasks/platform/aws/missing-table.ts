import { ConfigurationError } from '../errors';

/** What DynamoDB calls it: an exception, and the code of one statement among many. */
const names = ['ResourceNotFoundException', 'ResourceNotFound'];

/** The error of a task whose table of DynamoDB does not exist; `fix` are sentences that say how to name another. */
export function missingTable(
	tables: string | readonly string[],
	fix: string,
	options?: { readonly cause: unknown },
): ConfigurationError {
	return new ConfigurationError(`DynamoDB has no table ${[tables].flat().join(' or no table ')} here. ${fix}`, options);
}

/** The same error, but `missingTable` if DynamoDB says that the table of a request does not exist. */
export function explainMissingTable(error: unknown, tables: string | readonly string[], fix: string): unknown {
	return isMissingTable((error as Error).name) ? missingTable(tables, fix, { cause: error }) : error;
}

/** Whether the name or code of an answer says so. */
export const isMissingTable = (name: string): boolean => names.includes(name);
