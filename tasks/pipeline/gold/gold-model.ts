import type { DailyGroup, DailyTable } from './daily-table';
import type { DerivedTable } from './derived-table';
import type { GoldTables } from './staged-snapshot';

/** Every table of Gold, the product's and those of a project, and how each is computed. */
export interface GoldModel {
	readonly tables: GoldTables;
	readonly dailyGroups: readonly DailyGroup[];
	readonly dailyTables: readonly DailyTable[];
	/** Each after those that it reads. */
	readonly derivedTables: readonly DerivedTable[];
}
