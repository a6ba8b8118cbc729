export type { ResultPages } from './results';
export { runStatement, type StatementResult } from './run-statement';
export type { AthenaSession } from './session';
export { AthenaStatementError } from './statement-error';
