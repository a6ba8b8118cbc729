export { type Account, checkAccounts, listAccounts } from './accounting';
export { DamagedObjectError, howToFix, MissingObjectError, MissingVersionError } from './damage';
export { type Change, emptyTable, Lake, longestRunMs, newAttempt, type Run, Snapshot, timeZoneOf } from './lake';
export {
	batchFolder,
	composeLayout,
	exportFolder,
	goldInternals,
	isServing,
	isWrittenBy,
	keysTable,
	type LakeLayout,
	lakeLayout,
	landingFolder,
	listFilePrefixes,
	liveAlarmsTable,
	mirrorFolder,
	mirrorRoot,
	orphansTable,
	prefixes,
	recordsTable,
	sealedTable,
	servingTable,
	tableFolder,
} from './layout';
export { isColumnar, isTypedIn, isTypedToday, withIngested } from './ledger';
export * from './model';
export type { ObjectStore, ObjectVersion, StoredObject, StoredVersion, TextObject } from './object-store';
export { checkOwnFields } from './own-fields';
export { type Purged, purge } from './purge';
export { newestRefusals, refusedKey } from './refused';
export { rollback } from './rollback';
export { fetchCopies, keepCopy } from './scratch-copies';
export { checkBatchFiles } from './stored-batch';
export { fetchFile, fetchText, type StoredFile, storeFile, storeText } from './stored-files';
export { type Vacuumed, vacuum } from './vacuum';
