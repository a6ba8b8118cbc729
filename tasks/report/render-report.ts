import type { Formats } from './formats';
import { type Html, html } from './html';
import { ownTables } from './own-tables';
import { pageHead } from './page-head';
import { pageStyle } from './page-style';
import type { ReportData } from './read-report';
import {
	funnel,
	headline,
	rangeText,
	revenueByCategory,
	revenueByDay,
	topCustomers,
	topProducts,
} from './sections-sales';
import { cohorts, quality, stock, trust } from './sections-shop';

/** The page of a report, complete in itself: it loads nothing. Equal data give equal text. */
export function renderReport(data: ReportData, formats: Formats): string {
	const { range, head } = data;
	const title = `Shop report, ${rangeText(range, formats)}`;
	const page = html`${pageHead(title, pageStyle)}
<body>
<header><h1>Shop report</h1>
<p class="range">${rangeText(range, formats)}</p>
${trust(data, formats)}</header>
<main>
${range.newest === null ? html`<section><p>The lake holds no orders yet.</p></section>` : sections(data, formats)}
${quality(data, formats)}
</main>
<footer><p>${
		range.newest === null ? '' : `The newest order in the lake is of ${formats.date(range.newest)}. `
	}All dates are in ${data.timeZone}. Stock and returning customers are as of the newest data. Head ${String(head)} of the lake, written by shoplake.</p></footer>
</body>
</html>
`;
	return page.text;
}

const sections = (data: ReportData, formats: Formats): Html => html`${headline(data, formats)}
${revenueByDay(data, formats)}
${revenueByCategory(data, formats)}
${topProducts(data, formats)}
${topCustomers(data, formats)}
${stock(data, formats)}
${funnel(data, formats)}
${cohorts(data, formats)}
${ownTables(data.own, formats)}`;
