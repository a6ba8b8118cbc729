/** A cell as the reader of workbooks gives it. */
export type CellValue = string | number | boolean | Date | null;

/** A cell as a record's JSON has it, and why the record can't be taken, if it can't. */
export interface Cell {
	/** Not JSON where there is a fault, so that nobody takes the record for a sound one later. */
	readonly json: string;
	readonly fault?: string;
}

/** What a formula that fails leaves in its cell. */
const errors =
	/^#(N\/A|DIV\/0!|REF!|VALUE!|NAME\?|NUM!|NULL!|SPILL!|CALC!|FIELD!|BLOCKED!|CONNECT!|BUSY!|UNKNOWN!|GETTING_DATA)$/;

/** A spreadsheet keeps and shows so many digits of a number. */
const digits = 15;

/** A cell of a record; undefined if it is empty. */
export function readCell(value: CellValue | undefined): Cell | undefined {
	if (value === null || value === undefined || value === '') return undefined;
	if (typeof value === 'number') return readNumber(value);
	if (value instanceof Date) return { json: JSON.stringify(isoText(value)) };
	if (typeof value === 'string' && errors.test(value)) return { json: value, fault: `the error ${value}` };
	return { json: JSON.stringify(value) };
}

function readNumber(value: number): Cell {
	const text = String(Number(value.toPrecision(digits)));
	if (Math.abs(value) < 10 ** digits) return { json: text };
	return {
		json: `~${text}`,
		fault: `a number of more than ${digits} digits, of which a spreadsheet keeps no more: write it as text`,
	};
}

const millisecondsOfDay = 24 * 3600_000;
/** Times of day without a date are on this day, or the one before. */
const firstDay = Date.UTC(1900, 0, 1);

/** A date, a time, or both, as ISO 8601 without an offset. */
function isoText(date: Date): string {
	const [day = '', time = ''] = date.toISOString().slice(0, -1).split('T');
	const short = time.endsWith('.000') ? time.slice(0, -4) : time;
	if (date.getTime() < firstDay) return short;
	return date.getTime() % millisecondsOfDay === 0 ? day : `${day}T${short}`;
}

/** A cell's place, such as `C7`; both numbers count from 0. */
export function cellName(row: number, column: number): string {
	let letters = '';
	for (let rest = column; rest >= 0; rest = Math.floor(rest / 26) - 1)
		letters = String.fromCharCode(65 + (rest % 26)) + letters;
	return `${letters}${row + 1}`;
}
