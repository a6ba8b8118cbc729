import type { DatasetName } from '../../contracts';
import { type DecimalSign, delimiterName, type Reading, type SourceFile } from '../bronze';
import type { InspectedFile } from './inspected-file';
import type { Landing } from './landing';
import type { PreviewedSource } from './preview-source';
import { decimalCommaType, thousandsCommaType } from './profile-columns';

interface Chosen {
	readonly dataset?: DatasetName;
	readonly reading?: Reading;
	readonly decimal?: DecimalSign;
}

/**
 * The command lines to run next: one for the files of each dataset that needs a flag, one for all others, one for each preset.
 * None for a file of which nothing would be loaded; one that has another decimal sign is inspected with that first.
 */
export function nextCommands(
	files: readonly InspectedFile[],
	found: readonly SourceFile[],
	{ dataset, reading = {}, decimal }: Chosen,
	exports: readonly PreviewedSource[],
): string[] {
	const runs = new Map<string, string[]>();
	const inspections = new Map<DecimalSign, string[]>();
	for (const [place, file] of files.entries()) {
		const { match, landing } = file;
		const { location = '', dataset: named } = found[place] ?? {};
		if (!match?.fits) continue;
		const sign = decimal === undefined ? otherDecimalSign(file) : undefined;
		if (sign) {
			inspections.set(sign, [...(inspections.get(sign) ?? []), quoteWord(location)]);
			continue;
		}
		const isPreset = match.kind === 'preset';
		const preview = isPreset ? exports.find(({ preset }) => preset === match.name) : undefined;
		const landings = landing ? [landing] : (preview?.datasets ?? []);
		if (landings.length > 0 && landings.every(({ accepted }) => accepted === 0)) continue;
		const given = isPreset
			? ` --from ${match.name}`
			: dataset || named !== match.name
				? ` --dataset ${match.name}`
				: '';
		const flags = `${given}${limitFlag(landings)}`;
		runs.set(flags, [...(runs.get(flags) ?? []), ` --source ${quoteWord(location)}`]);
	}
	const read = [
		...(reading.encoding ? [` --encoding ${reading.encoding}`] : []),
		...(reading.delimiter ? [` --delimiter ${quoteWord(delimiterName(reading.delimiter))}`] : []),
		...(decimal ? [` --decimal ${decimal}`] : []),
		...(reading.sheet ? [` --sheet ${quoteWord(reading.sheet)}`] : []),
	].join('');
	const named = dataset ? ` --dataset ${dataset}` : '';
	return [
		...[...inspections].map(
			([sign, locations]) => `shoplake inspect ${locations.join(' ')}${named}${read} --decimal ${sign}`,
		),
		...[...runs].map(([flags, sources], place) => {
			const batch = runs.size === 1 ? 'my-first' : `my-first-${place + 1}`;
			return `shoplake run --batch ${batch}${sources.join('')}${flags}${read}`;
		}),
	];
}

/** The decimal sign that a file's numbers have, if records would be rejected because of it. */
function otherDecimalSign({ columns = [], match, landing }: InspectedFile): DecimalSign | undefined {
	if (!landing?.rejected_by_rule.type) return undefined;
	const types = columns.filter(({ column }) => match?.has.includes(column)).map(({ type }) => type);
	if (types.includes(decimalCommaType)) return ',';
	return types.includes(thousandsCommaType) ? '.' : undefined;
}

/** Records that are rejected are loaded beside the others only if the limit, which is that of each dataset, is that high. */
function limitFlag(landings: readonly Landing[]): string {
	const share = Math.max(0, ...landings.map(({ accepted, rejected }) => rejected / Math.max(1, accepted + rejected)));
	return share <= usualLimit ? '' : ` --max-rejected ${Math.ceil(100 * share)}%`;
}

/** The default of `--max-rejected`. */
const usualLimit = 0.05;

/** A word as a shell takes it. */
const quoteWord = (word: string): string =>
	/^[\w./:@%+=-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
