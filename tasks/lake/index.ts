export { type Account, accountsOf, checkAccounts } from './accounting';
export { type Change, Lake, longestRunMs, newAttempt, type Run, Snapshot } from './lake';
export * from './model';
export { newestRefusals, refusedKey } from './refused';
export { rollback } from './rollback';
export type { ObjectStore, StoredObject } from './store';
export { type Vacuumed, vacuum } from './vacuum';
