import type { TaskContext } from '../context';

/** Warns of batches that are typed by earlier contracts, given as `dataset/batch`. */
export function warnOfOutdatedBatches({ log }: TaskContext, outdated: readonly string[]): void {
	if (outdated.length === 0) return;
	log.warn(
		`${outdated.length} batches keep the types of earlier contracts, such as ${outdated[0]}: 'shoplake rebuild --retype' types them again, from the texts of their records.`,
	);
}
