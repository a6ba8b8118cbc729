import { printable } from '../platform/printable';
import type { DropBatch } from './batch';
import type { Fault, ValidatedFile } from './validate-files';

/** How to fix a fault, for a person who has never seen a data lake. */
const advice: Readonly<Record<string, string>> = {
	unparsable: 'make the line look like the others: as many values as the header has, every quote closed',
	missing: 'fill in the value',
	type: 'write the value as described',
	enum: 'use one of the words named',
	range: 'correct the value',
	future: 'correct the date',
	unknown_order: 'send the orders file that has this order together with it, or correct the order_id',
	unknown_product: 'add the product to products.csv, or correct the product_id',
};

/** What happened to a batch in which something is wrong. */
const consequences = {
	held: 'Nothing was loaded, and the files are where they were. Fix them and send them again.',
	rest: 'Files that can’t be read and lines that break a rule were quarantined, lines that name an unknown order or product wait for it, and everything else is loaded.',
	nothing:
		'None of them can be read, so nothing was loaded; they are beside this report. Fix them and send them again.',
} as const;

/** Whether nothing is wrong with a file. */
export const isSound = ({ readable, rejected, unknown }: ValidatedFile): boolean =>
	readable && rejected === 0 && unknown === 0;

/**
 * Describes what is wrong with a batch, for the sender of the files: file, line, what is wrong, what to do. Lines count
 * from 1, including the header, as in a text editor.
 */
export function buildReport(
	{ batch, files }: DropBatch,
	validated: readonly ValidatedFile[],
	{ at, left }: { readonly at: Date; readonly left: keyof typeof consequences },
): string {
	const faulty = worstFirst(validated);
	const lines = [
		`File drop ${batch}`,
		`Checked on ${at.toISOString().slice(0, 16).replace('T', ' ')} UTC`,
		'',
		`There is something wrong with ${faulty.length} of ${files.length} files. ${consequences[left]}`,
	];
	for (const found of faulty) lines.push('', ...reportLines(found));
	return `${lines.join('\n')}\n`;
}

/** The faulty files; first those that may be the cause of unknown references in others. */
function worstFirst(validated: readonly ValidatedFile[]): ValidatedFile[] {
	const rank = ({ readable, rejected }: ValidatedFile) => (readable ? (rejected > 0 ? 1 : 2) : 0);
	return validated.filter((file) => !isSound(file)).sort((a, b) => rank(a) - rank(b));
}

function reportLines({ file, readable, received, rejected, unknown, faults }: ValidatedFile): string[] {
	const name = printable(file.name);
	if (!readable) return [name, `  The whole file: it ${printable(faults[0]?.message ?? '')}.`];
	const counts = [
		...(rejected > 0 ? [`${rejected} of ${received} lines break a rule`] : []),
		...(unknown > 0 ? [`${unknown} of ${received} lines name an unknown order or product`] : []),
	];
	const shown = faults.length < rejected + unknown ? `; the first ${faults.length} are` : '';
	return [`${name}: ${counts.join(', ')}${shown}`, ...faults.map(faultLine)];
}

const faultLine = ({ line, rule, message }: Fault): string =>
	`  line ${line}: ${printable(message)}. What to do: ${advice[rule] ?? 'correct it'}.`;

/** A short form for a log or an alert: the first fault of each of the first files. */
export function summarize(validated: readonly ValidatedFile[]): string[] {
	const faulty = worstFirst(validated);
	const shown = faulty.slice(0, 5).map(({ file, faults }) => {
		const [first] = faults;
		return first?.line === undefined
			? printable(`  ${file.name} ${first?.message}`)
			: printable(`  ${file.name} line ${first.line}: ${first.message}`);
	});
	const more = faulty.length - shown.length;
	return more > 0 ? [...shown, `  and ${more} more ${more === 1 ? 'file' : 'files'}`] : shown;
}
