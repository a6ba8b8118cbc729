/** The style of the page: one accent colour, light and dark by the reader's setting, one column on a phone, and paper. */
export const pageStyle = `
:root {
	color-scheme: light dark;
	--page: #fafaf8; --surface: #ffffff; --text: #1d1c1a; --muted: #5a5751; --line: #e4e2dc; --accent: #1f5f99; --heat: #9fc3e6;
}
@media (prefers-color-scheme: dark) {
	:root { --page: #141518; --surface: #1b1d21; --text: #ecebe8; --muted: #abaaa5; --line: #33363c; --accent: #7fb4e6; --heat: #2f5f8c; }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body {
	margin: 0; background: var(--page); color: var(--text);
	font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
}
header, main, footer { max-width: 60rem; margin: 0 auto; padding: 0 1.5rem; }
header { padding-top: 3rem; }
h1 { font-size: 1.9rem; line-height: 1.2; font-weight: 650; letter-spacing: -0.015em; margin: 0 0 0.25rem; }
h2 { font-size: 1.15rem; line-height: 1.3; font-weight: 650; margin: 0 0 0.75rem; }
h3 { font-size: 1rem; font-weight: 600; margin: 1.25rem 0 0.25rem; }
p { margin: 0.5rem 0; }
a { color: var(--accent); }
.range { color: var(--muted); font-size: 1.05rem; margin: 0; }
.trust { margin: 1.5rem 0 0; padding-left: 0.9rem; border-left: 3px solid var(--accent); max-width: 46rem; }
.note { color: var(--muted); font-size: 0.875rem; max-width: 46rem; }
section { background: var(--surface); border: 1px solid var(--line); border-radius: 10px; padding: 1.25rem 1.5rem 1rem; margin: 1.25rem 0; min-width: 0; }
.tiles { display: grid; grid-template-columns: repeat(3, 1fr); gap: 1.5rem 1.5rem; margin: 0; }
.tile { min-width: 0; }
dt { color: var(--muted); font-size: 0.875rem; }
dd { margin: 0; }
.figure { font-size: 1.75rem; line-height: 1.25; font-weight: 650; letter-spacing: -0.015em; font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
.change { font-size: 0.875rem; color: var(--muted); font-variant-numeric: tabular-nums; }
.change b { margin-right: 0.5em; }
b { font-weight: 600; color: var(--text); }
.tiles + .note { margin-top: 1.25rem; padding-top: 0.75rem; border-top: 1px solid var(--line); max-width: none; }
.chart { margin: 0.25rem 0; }
.chart svg { display: block; width: 100%; height: auto; overflow: visible; }
.chart-narrow { display: none; }
.spark svg { display: block; margin-left: auto; }
.anomalies { margin: 0.25rem 0; padding-left: 1.5rem; max-width: 46rem; }
details thead th { max-width: 10rem; overflow: hidden; text-overflow: ellipsis; }
.anomalies li { overflow-wrap: anywhere; margin: 0.15rem 0; padding-left: 0.15rem; }
.scroll { overflow-x: auto; }
.scroll:focus-visible, summary:focus-visible, a:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; border-radius: 4px; }
table { width: 100%; border-collapse: collapse; font-size: 0.9375rem; font-variant-numeric: tabular-nums; }
th, td { padding: 0.4rem 0 0.4rem 1.25rem; text-align: right; vertical-align: baseline; font-weight: 400; border-bottom: 1px solid var(--line); white-space: nowrap; }
tbody tr:last-child > * { border-bottom: 0; }
thead th { color: var(--muted); font-size: 0.8125rem; }
th:first-child, td:first-child { padding-left: 0; }
.name { text-align: left; white-space: normal; overflow-wrap: anywhere; min-width: 6rem; }
thead .name { overflow-wrap: normal; }
td b, .change b { font-weight: 500; }
small { display: block; color: var(--muted); font-size: 0.8125rem; line-height: 1.3; }
.bar { display: block; height: 3px; margin-top: 2px; margin-left: auto; border-radius: 2px; background: var(--accent); width: calc(var(--share) * 100%); min-width: 1px; }
.heat { display: inline-block; min-width: 3.9rem; padding: 0.1rem 0.4rem; border-radius: 4px; background: color-mix(in srgb, var(--heat) calc(var(--share) * 100%), var(--surface)); }
.none { color: var(--muted); }
details { margin-top: 0.75rem; border-top: 1px solid var(--line); padding-top: 0.6rem; }
summary { cursor: pointer; color: var(--accent); font-size: 0.9375rem; width: fit-content; }
details .scroll { max-height: 28rem; overflow-y: auto; margin-top: 0.5rem; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.scroll { position: relative; }
footer { color: var(--muted); font-size: 0.875rem; padding-top: 0.5rem; padding-bottom: 3rem; }
@media (max-width: 600px) {
	header, main, footer { padding-left: 0.75rem; padding-right: 0.75rem; }
	header { padding-top: 1.5rem; }
	h1 { font-size: 1.55rem; }
	section { padding: 1rem 0.75rem 0.75rem; margin: 0.75rem 0; border-radius: 8px; }
	.tiles { grid-template-columns: repeat(2, 1fr); gap: 1.1rem 0.75rem; }
	.figure { font-size: 1.35rem; }
	.change b { display: block; margin: 0; }
	.chart-wide, .minor { display: none; }
	details .minor { display: table-cell; }
	.chart-narrow { display: block; }
	th, td { padding-left: 0.7rem; }
}
@media print {
	:root { color-scheme: light; --page: #fff; --surface: #fff; --text: #000; --muted: #444; --line: #ccc; --accent: #1f5f99; --heat: #9fc3e6; }
	body { font-size: 10.5pt; print-color-adjust: exact; -webkit-print-color-adjust: exact; }
	header { padding-top: 0; }
	header, main, footer { max-width: none; padding-left: 0; padding-right: 0; }
	section { border: 0; border-top: 1px solid var(--line); border-radius: 0; padding: 0.75rem 0 0; break-inside: avoid; }
	.scroll, details .scroll { overflow: visible; max-height: none; }
	details, .trust a { display: none; }
}
`;
