import { type Html, html } from '../report/html';

const keywords = new Set(
	`all and as asc between by case cast cross date desc distinct else end except exists false from full group having in
	inner intersect interval is join left like limit not null nulls on or order outer over partition preceding qualify
	right rows select then true unbounded union using values when where window with within`.split(/\s+/),
);

const token = /(--[^\n]*)|('(?:[^']|'')*')|(\d+(?:\.\d+)?)|([A-Za-z_]\w*)|(\s+)|([\s\S])/g;

/** SQL with its keywords, texts, numbers and comments marked. A name after `from` or `join` is a link if it has an address. */
export function highlightSql(sql: string, addresses: ReadonlyMap<string, string>): Html {
	const parts: Html[] = [];
	let before = '';
	for (const [text, comment, string, number, word, space] of sql.matchAll(token)) {
		const lower = text.toLowerCase();
		if (comment !== undefined) parts.push(html`<span class="c">${text}</span>`);
		else if (string !== undefined) parts.push(html`<span class="s">${text}</span>`);
		else if (number !== undefined) parts.push(html`<span class="n">${text}</span>`);
		else if (word !== undefined && keywords.has(lower)) parts.push(html`<span class="k">${text}</span>`);
		else {
			const address = before === 'from' || before === 'join' ? addresses.get(lower) : undefined;
			parts.push(address === undefined ? html`${text}` : html`<a href="${address}">${text}</a>`);
		}
		if (space === undefined && comment === undefined) before = lower;
	}
	return html`${parts}`;
}
