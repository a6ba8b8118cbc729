import { pageStyle } from '../report/page-style';

/** The report's style, and what a catalogue has beside it: a list of tables, search, SQL, pictures of lineage. */
export const siteStyle = `${pageStyle}
:root { --keyword: #7a3e9d; --string: #1a6b3c; --number: #9a4b00; --comment: #6a675f; --code: #f4f3ef; }
@media (prefers-color-scheme: dark) {
	:root { --keyword: #cfa4ea; --string: #8fd0a5; --number: #e8b080; --comment: #a3a19b; --code: #22252a; }
}
code, pre, .picture text, .mono { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; }
code { font-size: 0.92em; overflow-wrap: anywhere; }
header { padding-top: 1.25rem; }
header, .frame, footer { max-width: 84rem; margin: 0 auto; padding-left: 1.5rem; padding-right: 1.5rem; }
.bar-top { display: flex; gap: 1rem 2rem; align-items: center; flex-wrap: wrap; padding-bottom: 1rem; border-bottom: 1px solid var(--line); margin-bottom: 1.75rem; }
.bar-top .site { font-weight: 650; text-decoration: none; color: var(--text); margin-right: auto; }
h1 { overflow-wrap: anywhere; }
h1.mono { font-size: 1.65rem; letter-spacing: -0.02em; }
.lead { font-size: 1.0625rem; max-width: 52rem; margin: 0.25rem 0 0; }
.crumb { margin: 0 0 0.35rem; color: var(--muted); font-size: 0.875rem; }
main { max-width: none; margin: 0; padding: 0; min-width: 0; }
nav.tables h2 { font-size: 0.8125rem; color: var(--muted); font-weight: 600; margin: 1.1rem 0 0.25rem; }
nav.tables ul, .plain { list-style: none; margin: 0; padding: 0; }
nav.tables a { display: block; padding: 0.2rem 0.6rem; margin-left: -0.6rem; border-radius: 6px; color: var(--text); text-decoration: none; font-size: 0.875rem; overflow-wrap: anywhere; }
nav.tables a:hover { background: var(--line); }
nav.tables a[aria-current] { background: var(--surface); box-shadow: inset 0 0 0 1px var(--line); color: var(--accent); font-weight: 600; }
@media (min-width: 1000px) {
	.frame.with-tables { display: grid; grid-template-columns: 15.25rem minmax(0, 1fr); gap: 0 2rem; align-items: start; }
	.frame.with-tables main { grid-column: 2; grid-row: 1; }
	.frame.with-tables nav.tables { grid-column: 1; grid-row: 1; position: sticky; top: 0; max-height: 100vh; overflow-y: auto; padding: 0 0 2rem 0.6rem; }
}
/* Search, which the script shows. */
search { position: relative; width: min(100%, 26rem); }
search label { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
search input { width: 100%; font: inherit; font-size: 0.9375rem; color: var(--text); background: var(--surface); border: 1px solid var(--muted); border-radius: 8px; padding: 0.4rem 0.75rem; }
search input:focus-visible { outline: 2px solid var(--accent); outline-offset: 1px; }
search .found { position: absolute; z-index: 2; left: 0; right: 0; top: calc(100% + 4px); margin: 0; padding: 0.35rem; list-style: none; background: var(--surface); border: 1px solid var(--line); border-radius: 10px; box-shadow: 0 8px 28px rgb(0 0 0 / 18%); max-height: min(28rem, 70vh); overflow-y: auto; }
search .found:empty { display: none; }
search .found a { display: block; padding: 0.35rem 0.6rem; border-radius: 6px; text-decoration: none; color: var(--text); overflow-wrap: anywhere; font-size: 0.9375rem; }
search .found a:hover, search .found a:focus { background: var(--code); outline: 2px solid var(--accent); outline-offset: -2px; }
search .found small { font-size: 0.8125rem; }
/* Tables of the catalogue hold words. */
table.words th, table.words td { text-align: left; white-space: normal; vertical-align: top; padding: 0.55rem 0 0.55rem 1.25rem; }
table.words th:first-child { padding-left: 0; }
table.words th:first-child .mono { white-space: nowrap; }
table.words .figures { text-align: right; white-space: nowrap; }
table.words thead th { padding-top: 0; padding-bottom: 0.35rem; }
.rules { margin: 0.15rem 0 0; }
.from { font-size: 0.875rem; }
.from li + li { margin-top: 0.2rem; }
.how { color: var(--muted); }
.tag { display: inline-block; border: 1px solid var(--line); border-radius: 5px; padding: 0 0.35rem; font-size: 0.75rem; color: var(--muted); white-space: nowrap; margin-left: 0.35rem; }
.facts { display: flex; flex-wrap: wrap; gap: 1rem 2.25rem; margin: 1.25rem 0 0; }
.facts dd { font-size: 1.125rem; font-weight: 600; font-variant-numeric: tabular-nums; }
.facts small { font-weight: 400; }
section > h2 + p { margin-top: -0.25rem; }
section .note { max-width: 52rem; }
pre { margin: 0; padding: 0.9rem 1rem; background: var(--code); border-radius: 8px; font-size: 0.8125rem; line-height: 1.55; overflow-x: auto; tab-size: 2; }
pre:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
pre .k { color: var(--keyword); } pre .s { color: var(--string); } pre .n { color: var(--number); } pre .c { color: var(--comment); font-style: italic; }
details.part { margin: 0; padding: 0.6rem 0; border-top: 1px solid var(--line); }
details.part:first-of-type { border-top: 0; }
details.part > summary { color: var(--text); width: auto; overflow-wrap: anywhere; }
details.part > summary .how { font-size: 0.875rem; }
details.part[open] > summary { margin-bottom: 0.5rem; }
details.part .scroll, .picture.scroll { max-height: none; }
details .scroll { overflow-y: visible; }
.inside { padding: 0 0 0.5rem; }
.inside > .from + .from { margin-top: 0.5rem; }
.picture { overflow-x: auto; margin: 0.25rem 0 0.5rem; }
.picture svg { display: block; width: var(--natural); max-width: max(100%, min(var(--natural), 46rem)); height: auto; }
.picture .box rect { fill: var(--surface); stroke: var(--line); stroke-width: 1.25; }
.picture .box:hover rect:first-of-type, .picture .box:focus-visible rect:first-of-type { stroke: var(--accent); stroke-width: 2; }
.picture .box:focus-visible { outline: none; }
.picture .chosen > rect:first-of-type { stroke: var(--accent); stroke-width: 2; }
.picture .box rect.row { fill: var(--code); stroke: none; }
.picture text { font-size: 12px; fill: var(--text); }
.picture .caption { font-size: 10.5px; fill: var(--muted); font-family: system-ui, -apple-system, "Segoe UI", Roboto, Arial, sans-serif; }
.picture .title, .picture .chosen-row { font-weight: 600; }
.picture .arrows path { fill: none; stroke: var(--muted); stroke-width: 1.25; opacity: 0.55; }
circle.records { fill: #8a8a8a; } circle.bronze { fill: #b06f3a; } circle.silver { fill: #8d9bab; } circle.gold { fill: #c79a1b; } circle.live { fill: #3f9a8a; } circle.serving { fill: #5a76c9; }
:target { scroll-margin-top: 4rem; }
.inside:target { box-shadow: -3px 0 0 var(--accent); padding-left: 0.75rem; }
footer { border-top: 1px solid var(--line); margin-top: 2rem; padding-top: 1rem; }
@media (max-width: 600px) {
	header, .frame, footer { padding-left: 0.75rem; padding-right: 0.75rem; }
	h1.mono { font-size: 1.35rem; }
	table.words th, table.words td { padding-left: 0.7rem; }
	table.words th:first-child { min-width: 8rem; }
	table.words th:first-child .mono { white-space: normal; overflow-wrap: anywhere; }
	pre { padding: 0.75rem; font-size: 0.75rem; }
	.wide { display: none; }
}
@media print { search, nav.tables { display: none; } details.part, .trust a { display: block; } }
`;
