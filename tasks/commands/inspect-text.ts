import type { InspectedFile, Landing, Match, PreviewedSource } from '../pipeline/inspect';
import type { Outcome } from '../platform/result';
import { tableText } from '../platform/table-text';

/** What inspection found, for a person. */
export function inspectText({ files, exports, next }: Outcome): string {
	const commands = next as readonly string[];
	return [
		...(files as readonly InspectedFile[]).map(fileText),
		...(exports as readonly PreviewedSource[]).map(exportText),
		commands.length > 0 ? `Next:\n${commands.map((command) => `  ${command}`).join('\n')}` : noNext,
	].join('\n\n');
}

const noNext =
	'Nothing to run yet. A file of another shape becomes records by SQL: `shoplake sources` lists the presets, and --map FOLDER takes SQL of your own.';

function fileText(file: InspectedFile): string {
	if (file.unreadable !== undefined) return `${file.file}: it ${file.unreadable}.`;
	const columns = file.columns ?? [];
	const empty = columns.filter(({ examples }) => examples.length === 0).map(({ column }) => column);
	return [
		`${file.file}: ${[formatText(file), `${file.rows} ${file.rows === 1 ? 'record' : 'records'}`].join(', ')}`,
		tableText(
			columns
				.filter(({ examples }) => examples.length > 0)
				.map(({ examples, ...column }) => ({ ...column, examples: examples.join(' · ') })),
			['column', 'type', 'empty', 'examples'],
		),
		...(empty.length > 0 ? [`Without any value: ${empty.join(', ')}`] : []),
		matchText(file.match),
		...(file.landing ? landingText(file.landing) : []),
	].join('\n\n');
}

const formatNames = { csv: 'CSV', ndjson: 'NDJSON', parquet: 'Parquet', xlsx: 'xlsx' } as const;
const layoutNames = { values: 'JSON over any lines', member: 'JSON, a list in an object' } as const;

/** How a file is written. */
function formatText({ format, encoding, delimiter, layout, sheet }: InspectedFile): string {
	const name = layout ? layoutNames[layout] : formatNames[format];
	const words = delimiter === '\t' ? 'tabs' : `'${delimiter}'`;
	if (sheet !== undefined) return `${name}, the sheet '${sheet}'`;
	if (format === 'parquet') return name;
	return [name, encoding ?? 'UTF-8', ...(delimiter ? [`divided by ${words}`] : [])].join(', ');
}

function matchText(match: Match | undefined): string {
	if (!match) return 'It fits no dataset and no preset: no column has a name that one of them needs.';
	const { kind, name, relation, title, fits, lacks, expects_name: names } = match;
	const what = kind === 'dataset' ? `the dataset ${name}` : `the preset ${name} (${title}), as its ${relation}`;
	if (fits) return `It fits ${what}.`;
	const wants = [
		...(lacks.length > 0 ? [`it lacks ${lacks.join(', ')}`] : []),
		...(names ? [`its name would have to be like ${names.join(' or ')}`] : []),
	].join(', and ');
	const mapping = JSON.stringify({ [name]: { columns: Object.fromEntries(lacks.map((one) => [one, '…'])) } });
	const fix =
		kind === 'dataset' ? `\nIf it has these under other names, say so in a file for --map, such as ${mapping}` : '';
	return `It comes closest to ${what}, but ${wants}.${fix}`;
}

/** What a preset would make of its files. */
function exportText({
	preset,
	files,
	fault,
	rows = 0,
	unused = 0,
	unused_rows = [],
	datasets = [],
}: PreviewedSource): string {
	const title = `${files.join(', ')} by the preset ${preset}`;
	if (fault !== undefined) return `${title}: ${fault}`;
	const left = unused_rows.map(({ file, line }) => `${file} line ${line}`).join(', ');
	return [
		unused === 0
			? `${title}: all ${rows} rows are used.`
			: `${title}: ${unused} of ${rows} rows would be unused, such as ${left}.`,
		...datasets.flatMap(({ dataset, ...landing }) => [
			`${dataset}: ${landing.accepted} records`,
			...landingText(landing),
		]),
	].join('\n\n');
}

function landingText({ accepted, rejected, rejected_by_rule: byRule, examples, first }: Landing): string[] {
	const rules = Object.entries(byRule).map(([rule, records]) => `${records} ${rule}`);
	const shown = examples.map(({ rule, line, message }) => ({ line, rule, message }));
	const rest = rejected - shown.length;
	return [
		...(first.length > 0 ? [`${landTitle(first.length, accepted)}:\n${tableText(filled(first))}`] : []),
		rejected === 0
			? 'None would be rejected.'
			: `${rejected} of ${accepted + rejected} would be rejected (${rules.join(', ')}):\n${tableText(shown)}${rest > 0 ? `\n… and ${rest} more` : ''}`,
	];
}

const landTitle = (shown: number, accepted: number): string =>
	shown < accepted ? `The first ${shown} of ${accepted} records as they would land` : 'The records as they would land';

/** The rows without columns that none of them fills. */
function filled(rows: readonly Readonly<Record<string, unknown>>[]): Readonly<Record<string, unknown>>[] {
	const names = Object.keys(rows[0] ?? {}).filter((name) => rows.some((row) => row[name] !== null));
	return rows.map((row) => Object.fromEntries(names.map((name) => [name, row[name]])));
}
