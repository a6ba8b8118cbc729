import type { EntryCounts } from './manifest';

/** The summary of a snapshot, as Iceberg's specification names its figures. */
export function summarize({ added, existing, deleted, bytes }: EntryCounts) {
	return {
		operation: deleted.files > 0 ? 'overwrite' : 'append',
		'added-data-files': String(added.files),
		'deleted-data-files': String(deleted.files),
		'added-records': String(added.rows),
		'deleted-records': String(deleted.rows),
		'total-data-files': String(added.files + existing.files),
		'total-records': String(added.rows + existing.rows),
		'total-files-size': String(bytes),
		'total-delete-files': '0',
		'total-position-deletes': '0',
		'total-equality-deletes': '0',
	};
}
