import { type EChartsCoreOption, init } from './echarts';
import { Html, html } from './html';

/** Widths in pixels: for a screen or paper, and for a phone. The page shows the one that fits. */
const wide = { name: 'wide', width: 860, height: 260, labels: 8 } as const;
const narrow = { name: 'narrow', width: 342, height: 220, labels: 4 } as const;

/** Colours are the page's, so that a chart is dark where the page is. */
const colours = { accent: 'var(--accent)', text: 'var(--muted)', line: 'var(--line)', surface: 'var(--surface)' };
const font = { fontFamily: 'inherit', fontSize: 12, color: colours.text };

/** A point of a line that is worth a look; its number refers to the list below the chart. */
export interface Mark {
	/** The position of the point on the line. */
	readonly at: number;
	readonly number: number;
	readonly direction: 'spike' | 'drop';
}

export interface LineChartData {
	/** What the chart shows, for who can't see it. */
	readonly description: string;
	readonly labels: readonly string[];
	readonly values: readonly number[];
	readonly marks: readonly Mark[];
	readonly formatValue: (value: number) => string;
}

/** A line over days, with marked points. */
export function lineChart(data: LineChartData): Html {
	return chart(data.description, [wide, narrow], (size) => lineOptions(data, size.labels));
}

function lineOptions({ labels, values, marks, formatValue }: LineChartData, mostLabels: number): EChartsCoreOption {
	const step = Math.max(1, Math.ceil(labels.length / mostLabels));
	return {
		grid: { left: 4, right: 12, top: 28, bottom: 4, outerBoundsMode: 'same', outerBoundsContain: 'axisLabel' },
		xAxis: {
			type: 'category',
			data: labels,
			boundaryGap: true,
			axisLine: { lineStyle: { color: colours.line } },
			axisTick: { show: false },
			axisLabel: { ...font, hideOverlap: true, interval: (index: number) => index % step === 0 },
		},
		yAxis: {
			type: 'value',
			min: 0,
			splitNumber: 3,
			axisLabel: { ...font, formatter: formatValue },
			splitLine: { lineStyle: { color: colours.line } },
		},
		series: [
			{
				type: 'line',
				data: values,
				showSymbol: labels.length === 1,
				symbol: 'circle',
				symbolSize: 8,
				lineStyle: { color: colours.accent, width: labels.length > 100 ? 1.5 : 2 },
				itemStyle: { color: colours.accent },
				areaStyle: { color: colours.accent, opacity: 0.1 },
				markPoint: {
					symbol: 'circle',
					symbolSize: 18,
					itemStyle: { color: colours.surface, borderColor: colours.accent, borderWidth: 1.5 },
					label: { ...font, fontSize: 11, fontWeight: 600, color: 'var(--text)' },
					data: marks.map(({ at, number, direction }) => ({
						coord: [at, values[at]],
						symbolOffset: [0, direction === 'spike' ? -14 : 14],
						value: String(number),
					})),
				},
			},
		],
	};
}

/** Horizontal bars, the first on top, each with its label and its value. */
export function barChart(data: {
	readonly description: string;
	readonly bars: readonly { readonly label: string; readonly value: number; readonly text: string }[];
}): Html {
	const bars = [...data.bars].reverse();
	const largest = Math.max(1, ...bars.map(({ value }) => value));
	return chart(
		data.description,
		[
			{ ...wide, height: 132 },
			{ ...narrow, height: 132 },
		],
		({ width }) => ({
			grid: { left: 78, right: width > 500 ? 150 : 110, top: 4, bottom: 4 },
			xAxis: { type: 'value', show: false, max: largest },
			yAxis: {
				type: 'category',
				data: bars.map(({ label }) => label),
				axisLine: { show: false },
				axisTick: { show: false },
				axisLabel: { ...font, fontSize: 13, color: 'var(--text)', align: 'left', margin: 78 },
			},
			series: [
				{
					type: 'bar',
					data: bars.map(({ value, text }) => ({ value, label: { formatter: () => text } })),
					barWidth: 22,
					itemStyle: { color: colours.accent, borderRadius: [0, 3, 3, 0] },
					label: { ...font, fontSize: 13, show: true, position: 'right', distance: 8 },
				},
			],
		}),
	);
}

/** A small line without axes; its scale is its own. */
export function sparkline(values: readonly number[]): Html {
	const size = { name: 'spark', width: 120, height: 28 } as const;
	const svg = draw(size, {
		grid: { left: 2, right: 2, top: 3, bottom: 3 },
		xAxis: { type: 'category', show: false, boundaryGap: values.length === 1 },
		yAxis: { type: 'value', show: false, min: 0, max: Math.max(1, ...values) },
		series: [
			{
				type: 'line',
				data: [...values],
				showSymbol: values.length === 1,
				symbol: 'circle',
				symbolSize: 5,
				lineStyle: { color: colours.accent, width: 1.5 },
				itemStyle: { color: colours.accent },
			},
		],
	});
	return html`<span class="spark" aria-hidden="true">${svg}</span>`;
}

interface Size {
	readonly name: string;
	readonly width: number;
	readonly height: number;
}

function chart<S extends Size>(
	description: string,
	sizes: readonly S[],
	options: (size: S) => EChartsCoreOption,
): Html {
	const drawn = sizes.map((size) => html`<div class="chart-${size.name}">${draw(size, options(size))}</div>`);
	return html`<div class="chart" role="img" aria-label="${description}">${drawn}</div>`;
}

function draw({ width, height }: Size, options: EChartsCoreOption): Html {
	const drawing = init(null, null, { renderer: 'svg', ssr: true, width, height });
	try {
		drawing.setOption({ animation: false, ...options });
		const svg = drawing.renderToSVGString();
		return new Html(makeScalable(svg, { width, height }));
	} finally {
		drawing.dispose();
	}
}

/**
 * The drawing as part of a page: it shrinks with what is around it, without what ECharts adds for a pointer and to clip
 * (nothing is outside). ECharts numbers these by what the process has drawn so far; without them equal data give equal
 * text, and no two elements of the page have the same id.
 */
function makeScalable(svg: string, { width, height }: Pick<Size, 'width' | 'height'>): string {
	const attributes = `viewBox="0 0 ${width} ${height}" width="${width}" height="${height}"`;
	return svg
		.replace(/^<svg [^>]*>/, `<svg ${attributes} aria-hidden="true" focusable="false">`)
		.replaceAll(/<(style|defs) >.*?<\/\1>/gs, '')
		.replaceAll(/ (?:class|clip-path|pointer-events|ecmeta_\w+)="[^"]*"/g, '')
		.replaceAll(/\n+/g, '');
}
