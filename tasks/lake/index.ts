export { type Account, accountsOf, checkAccounts } from './accounting';
export { DamagedObjectError, howToFix, MissingObjectError } from './damage';
export { type Change, emptyTable, Lake, longestRunMs, newAttempt, type Run, Snapshot } from './lake';
export * from './model';
export { rollback } from './rollback';
export type { ObjectStore, StoredObject } from './store';
export { checkBatchFiles } from './stored-batch';
export { fetchFile, fetchText, storeFile, storeText } from './stored-files';
export { type Vacuumed, vacuum } from './vacuum';
