import type { ReadAs, SourceFile } from '../bronze';
import type { Landing } from './landing';
import type { Match } from './match-file';
import type { ColumnProfile } from './profile-columns';

/** What a file is. */
export interface InspectedFile extends ReadAs {
	readonly file: string;
	readonly format: SourceFile['format'];
	/** Why it can't be read, or has nothing to read; then there is nothing else. */
	readonly unreadable?: string;
	readonly rows?: number;
	readonly columns?: readonly ColumnProfile[];
	/** What it fits, or what it comes closest to. */
	readonly match?: Match | undefined;
	/** What ingestion would do with its records; only if it fits a dataset. */
	readonly landing?: Landing;
}
