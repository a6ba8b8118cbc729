import { DataRefusedError } from '../platform/errors';

/** A statement, and its name in messages. */
export interface NamedStatement {
	readonly file: string;
	readonly sql: string;
}

/** What DuckDB says about a failure with its setting `errors_as_json`. */
interface DuckDbFault {
	readonly exception_type: string;
	readonly exception_message: string;
	/** Bytes before the place. */
	readonly position?: string;
}

/** Kinds of failure that are not the statement's fault. */
const othersFault = /^(Out of Memory|INTERNAL|Interrupt|FATAL|IO|HTTP)$/i;

/**
 * The error for a statement that fails, with file, line and column; any other failure as DuckDB words it by default. `before` is
 * the number of bytes that precede the statement.
 */
export function statementError(statement: NamedStatement, error: Error, before: number): Error {
	const fault = parseFault(error.message);
	if (!fault) return error;
	if (othersFault.test(fault.exception_type)) return asUsual(fault);
	const where = position(statement, fault.position === undefined ? undefined : Number(fault.position) - before);
	return new DataRefusedError(`${where}: ${fault.exception_message.replace(/\s*\n\s*/g, ' ').trim()}`);
}

/** A failure of our own SQL as DuckDB words it by default. */
export function usualError(error: Error): Error {
	const fault = parseFault(error.message);
	return fault ? asUsual(fault) : error;
}

const asUsual = ({ exception_type, exception_message }: DuckDbFault) =>
	new Error(`${exception_type} Error: ${exception_message}`);

/** A syntax error has DuckDB's usual words before its JSON. */
function parseFault(message: string): DuckDbFault | undefined {
	try {
		const fault = JSON.parse(message.replace(/^[\w ]+ Error: (?=\{)/, ''));
		return typeof fault?.exception_message === 'string' ? fault : undefined;
	} catch {
		return undefined;
	}
}

/** A position in a statement as `file:line:column`; `offset` is in bytes. */
export function position({ file, sql }: NamedStatement, offset: number | undefined): string {
	const bytes = Buffer.from(sql);
	if (offset === undefined || !(offset >= 0 && offset <= bytes.length)) return file;
	const before = bytes.subarray(0, offset).toString().split('\n');
	return `${file}:${before.length}:${(before.at(-1)?.length ?? 0) + 1}`;
}
