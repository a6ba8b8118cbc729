/** HTML that is safe to show: made by `html` or by a chart, never from data. */
export class Html {
	constructor(readonly text: string) {}
	toString(): string {
		return this.text;
	}
}

type Part = Html | string | number | null | undefined | readonly Part[];

/** A template of HTML: every value is escaped unless it is HTML itself. Lists are joined; null and undefined are empty. */
export const html = (texts: TemplateStringsArray, ...parts: readonly Part[]): Html =>
	new Html(texts.reduce((all, text, index) => `${all}${render(parts[index - 1])}${text}`));

function render(part: Part): string {
	if (part === null || part === undefined) return '';
	if (part instanceof Html) return part.text;
	return Array.isArray(part) ? part.map(render).join('') : escapeHtml(String(part));
}

const entities: Readonly<Record<string, string>> = {
	'&': '&amp;',
	'<': '&lt;',
	'>': '&gt;',
	'"': '&quot;',
	"'": '&#39;',
};

const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (character) => entities[character] ?? character);

/** The most characters of a name that are shown. */
const longestName = 80;

/** A name from the lake. Its own direction of writing and length don't disturb what stands beside it. */
export function nameText(name: string | null): Html {
	const letters = [...(name ?? '')];
	return html`<bdi>${letters.length > longestName ? `${letters.slice(0, longestName - 1).join('')}…` : name}</bdi>`;
}
