import type { DatasetName } from '../../contracts';
import { type DecimalSign, delimiterName, type Reading, type SourceFile } from '../bronze';
import type { InspectedFile } from './inspected-file';
import type { Landing } from './landing';

interface Chosen {
	readonly dataset?: DatasetName;
	readonly reading?: Reading;
	readonly decimal?: DecimalSign;
}

/** The command lines to run next: one for the files of each dataset that needs a flag, one for all others, one for each preset. */
export function nextCommands(
	files: readonly InspectedFile[],
	found: readonly SourceFile[],
	{ dataset, reading = {}, decimal }: Chosen,
): string[] {
	const groups = new Map<string, string[]>();
	for (const [place, { match, landing }] of files.entries()) {
		const { location = '', dataset: named } = found[place] ?? {};
		if (!match?.fits) continue;
		const flags =
			match.kind === 'preset'
				? ` --from ${match.name}`
				: `${dataset || named !== match.name ? ` --dataset ${match.name}` : ''}${limitFlag(landing)}`;
		groups.set(flags, [...(groups.get(flags) ?? []), ` --source ${quoteWord(location)}`]);
	}
	const read = [
		...(reading.encoding ? [` --encoding ${reading.encoding}`] : []),
		...(reading.delimiter ? [` --delimiter ${quoteWord(delimiterName(reading.delimiter))}`] : []),
		...(decimal ? [` --decimal ${decimal}`] : []),
		...(reading.sheet ? [` --sheet ${quoteWord(reading.sheet)}`] : []),
	].join('');
	return [...groups].map(([flags, sources], place) => {
		const batch = groups.size === 1 ? 'my-first' : `my-first-${place + 1}`;
		return `shoplake run --batch ${batch}${sources.join('')}${flags}${read}`;
	});
}

/** Records that are rejected are loaded beside the others only if the limit is that high. */
function limitFlag(landing: Landing | undefined): string {
	if (!landing || landing.rejected <= usualLimit * (landing.accepted + landing.rejected)) return '';
	return ` --max-rejected ${Math.ceil((100 * landing.rejected) / (landing.accepted + landing.rejected))}%`;
}

/** The default of `--max-rejected`. */
const usualLimit = 0.05;

/** A word as a shell takes it. */
const quoteWord = (word: string): string =>
	/^[\w./:@%+=-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
