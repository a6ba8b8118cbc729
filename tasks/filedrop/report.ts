import { printable } from '../platform/printable';
import type { DropBatch } from './batch';
import type { Fault, InspectedFile } from './inspect';

/** What somebody who has never seen a data lake does about a fault. */
const advice: Readonly<Record<string, string>> = {
	unparsable: 'make the line look like the others: as many values as the header has, every quote closed',
	missing: 'fill the value in',
	type: 'write the value as said',
	enum: 'use one of the words named',
	range: 'correct the value',
	future: 'correct the date',
	unknown_order: 'send the orders file that has this order together with it, or correct the order_id',
	unknown_product: 'add the product to products.csv, or correct the product_id',
};

/** What became of a batch in which something is wrong. */
const whatIsLeft = {
	held: 'Nothing was loaded, and the files are where they were. Mend them and send them again.',
	rest: 'Files that can’t be read and lines that break a rule were put aside, lines that name an unknown order or product wait for it, and all the rest is loaded.',
	nothing:
		'None of them can be read, so nothing was loaded; they are beside this report. Mend them and send them again.',
} as const;

/** Whether nothing is wrong with a file. */
export const isSound = ({ readable, rejected, unknown }: InspectedFile): boolean =>
	readable && rejected === 0 && unknown === 0;

/**
 * What was wrong with a batch, for whoever sent the files: file, line, what is wrong, what to do. Lines count from 1,
 * the header included, as a text editor shows them.
 */
export function buildReport(
	{ batch, files }: DropBatch,
	inspected: readonly InspectedFile[],
	{ at, left }: { readonly at: Date; readonly left: keyof typeof whatIsLeft },
): string {
	const faulty = worstFirst(inspected);
	const lines = [
		`File drop ${batch}`,
		`Checked on ${at.toISOString().slice(0, 16).replace('T', ' ')} UTC`,
		'',
		`There is something wrong with ${faulty.length} of ${files.length} files. ${whatIsLeft[left]}`,
	];
	for (const found of faulty) lines.push('', ...reportLines(found));
	return `${lines.join('\n')}\n`;
}

/** The faulty files; those first that may be why others refer to what nobody knows. */
function worstFirst(inspected: readonly InspectedFile[]): InspectedFile[] {
	const rank = ({ readable, rejected }: InspectedFile) => (readable ? (rejected > 0 ? 1 : 2) : 0);
	return inspected.filter((file) => !isSound(file)).sort((a, b) => rank(a) - rank(b));
}

function reportLines({ file, readable, received, rejected, unknown, faults }: InspectedFile): string[] {
	const name = printable(file.name);
	if (!readable) return [name, `  The whole file: it ${printable(faults[0]?.message ?? '')}.`];
	const counts = [
		...(rejected > 0 ? [`${rejected} of ${received} lines break a rule`] : []),
		...(unknown > 0 ? [`${unknown} of ${received} lines name an unknown order or product`] : []),
	];
	const told = faults.length < rejected + unknown ? `; the first ${faults.length} are` : '';
	return [`${name}: ${counts.join(', ')}${told}`, ...faults.map(faultLine)];
}

const faultLine = ({ line, rule, message }: Fault): string =>
	`  line ${line}: ${printable(message)}. What to do: ${advice[rule] ?? 'correct it'}.`;

/** The same in short, for a log or an alert: the first fault of each of the first files. */
export function summarize(inspected: readonly InspectedFile[]): string[] {
	const faulty = worstFirst(inspected);
	const shown = faulty.slice(0, 5).map(({ file, faults }) => {
		const [first] = faults;
		return first?.line === undefined
			? printable(`  ${file.name} ${first?.message}`)
			: printable(`  ${file.name} line ${first.line}: ${first.message}`);
	});
	const more = faulty.length - shown.length;
	return more > 0 ? [...shown, `  and ${more} more ${more === 1 ? 'file' : 'files'}`] : shown;
}
