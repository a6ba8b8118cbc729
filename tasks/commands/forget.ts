import type { Remains } from '../pipeline/forget';
import type { Outcome } from '../platform/result';
import { tableText } from '../platform/table-text';
import { defineTask } from './define-task';

export const forget = defineTask({
	command: 'forget',
	keepsCosts: true,
	describe: 'Erase a person from the lake, earlier states and versions of objects included',
	about: [
		'Erases the orders and events with this user_id, the lines of those orders, and everything computed from them: from the landing zone, Bronze, quarantine, Silver, Gold, the version histories, the Iceberg tables, the file drop, delivered objects, reports, and DynamoDB; in all earlier heads and in all versions of the objects.',
		'Earlier heads can’t be restored afterwards, and runs that began before it publish nothing (exit code 75). If it dies, run it again: it goes on where it was. --dry-run shows what it would erase.',
		'Reads: all of Bronze, quarantine and the files beside the lake. Writes: new versions of the batches concerned, Silver, Gold, the catalogue, DynamoDB, and a record of the deed with a digest of the id. Returns: records, files, deleted_objects, deleted_versions, near_matches, left (objects that still have the id, and why), remains (what expires by itself, and when). Exit code 65 if a date of Gold can’t be computed: it keeps its old state until that is corrected.',
	].join('\n\n'),
	options: {
		user: { type: 'string', demandOption: true, describe: 'The user_id of the person, exactly as the records have it' },
	},
	run: async (context, { user, dryRun }) => {
		const { awsFollowers, forget } = await import('../pipeline/forget');
		return forget(context, { user, dryRun }, awsFollowers);
	},
	show: describeErasure,
});

type Rows = readonly Record<string, unknown>[];
const sentences: Readonly<Record<string, string>> = {
	published: 'The person is erased from the lake.',
	planned: 'Dry run, nothing was erased. What would be erased:',
	unchanged: 'Nothing of this person was found in the lake.',
};

/** The report of an erasure for a person to read or to file; it does not hold the id. */
export function describeErasure(outcome: Outcome): string {
	const rows = (name: string) => (outcome[name] ?? []) as Rows;
	const section = (title: string, found: Rows, columns: string[]) =>
		found.length > 0 ? [`\n${title}\n${tableText(found, columns)}`] : [];
	const remains = rows('remains') as unknown as readonly Remains[];
	return [
		`${sentences[outcome.status] ?? ''} Digest of the id: ${outcome.person}.`,
		...section('Records in Bronze and quarantine', rows('records'), [
			...['dataset', 'batches', 'erased', 'rejected', 'unused', 'redacted'],
		]),
		...section('Files beside the lake', rows('files'), [
			...['where', 'records', 'rewritten', 'deleted', 'versions', 'searched'],
		]),
		...(outcome.deleted_versions === undefined
			? []
			: [
					`\nDeleted for good: ${outcome.deleted_objects} objects of earlier states, in ${outcome.deleted_versions} versions, ${outcome.deleted_bytes} bytes.`,
				]),
		...section('Still there, and why', rows('left'), ['key', 'reason']),
		...section('The id occurs otherwise; look at these yourself', rows('near_matches'), ['where', 'records']),
		...section(
			'What this command does not reach, and when it is gone',
			remains.map(({ what, days, note }) => ({
				what,
				gone: days === null ? 'ask its owner' : `after ${days} days`,
				note,
			})),
			['what', 'gone', 'note'],
		),
	].join('\n');
}
