/** A timestamp without the trailing zeros that some engines append: `2026-11-20 10:00:00`, `2026-11-20 10:00:00.5`. */
export const timestampText = (text: string): string =>
	text.replace(/(:\d\d)\.(\d*?)0*$/, (_, seconds, digits) => (digits ? `${seconds}.${digits}` : seconds));
