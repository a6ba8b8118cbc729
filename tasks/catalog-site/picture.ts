import { graphlib, layout } from '@dagrejs/dagre';
import { Html, html } from '../report/html';

/** A box of a picture, with its rows if it shows columns. */
export interface Box {
	readonly id: string;
	readonly title: string;
	/** The class of its mark, and what stands small above the title. */
	readonly kind: string;
	readonly caption: string;
	/** Where it leads. */
	readonly address: string;
	readonly rows: readonly string[];
	/** The row that the picture is about, or the box itself where it has none. */
	readonly chosen?: string | true;
}

/** An arrow from a box, or a row of it, to another one. */
export interface Arrow {
	readonly from: string;
	readonly to: string;
	readonly fromRow?: string;
	readonly toRow?: string;
}

interface Point {
	readonly x: number;
	readonly y: number;
}

/** Pixels. Names are in a font of fixed width. */
const letter = 7.3;
const headHeight = 42;
const rowHeight = 22;
const margin = 4;

/**
 * A picture of boxes and arrows in columns from left to right. The boxes are links, so that the picture needs no script; its
 * colours are the page's. `ranks` puts boxes into given columns.
 */
export function drawPicture(
	description: string,
	boxes: readonly Box[],
	arrows: readonly Arrow[],
	ranks?: ReadonlyMap<string, number>,
): Html {
	const graph = new graphlib.Graph();
	graph.setGraph({ rankdir: 'LR', nodesep: 14, ranksep: 40, edgesep: 10, rankalign: 'top' });
	for (const box of boxes) graph.setNode(box.id, size(box));
	for (const { from, to } of arrows) {
		const minlen = Math.max(1, (ranks?.get(to) ?? 1) - (ranks?.get(from) ?? 0));
		graph.setEdge(from, to, { minlen });
	}
	layout(graph);
	const placed = new Map(boxes.map((box) => [box.id, { box, ...corner(graph.node(box.id) as unknown as Placed) }]));
	const columns = listColumns([...placed.values()]);
	const routes = arrows.flatMap((arrow) => {
		const { points } = graph.edge(arrow.from, arrow.to) as unknown as { readonly points: readonly Point[] };
		const [start, end] = [placed.get(arrow.from), placed.get(arrow.to)];
		return start && end ? [route(arrow, start, end, points, columns)] : [];
	});
	const corners = [...placed.values()].flatMap(({ x, y, width, height }) => [
		{ x, y },
		{ x: x + width, y: y + height },
	]);
	const { left, top, width, height } = frame([...corners, ...routes.flat()]);
	return html`<div class="scroll picture" tabindex="0" role="group" aria-label="${description}">
<svg viewBox="${left} ${top} ${width} ${height}" style="--natural:${width}px">
<g class="arrows" aria-hidden="true">${routes.map((points) => html`<path d="${curve(points)}${arrowHead(points.at(-1))}"/>`)}</g>
${[...placed.values()].map(drawBox)}
</svg></div>`;
}

/** Boxes below each other: where a column begins and ends. */
interface Column {
	readonly left: number;
	readonly right: number;
}

function listColumns(boxes: readonly Placed[]): Column[] {
	const columns: Column[] = [];
	for (const { x, width } of [...boxes].sort((a, b) => a.x - b.x)) {
		const last = columns.at(-1);
		if (last && x < last.right) columns[columns.length - 1] = { ...last, right: Math.max(last.right, x + width) };
		else columns.push({ left: x, right: x + width });
	}
	return columns;
}

/**
 * The points of an arrow: from the right side of its box or row to the left side of the other. It crosses each column between
 * them level, where dagre has left room for it, so that it runs behind no box.
 */
function route(
	{ fromRow, toRow }: Arrow,
	start: PlacedBox,
	end: PlacedBox,
	points: readonly Point[],
	columns: readonly Column[],
): Point[] {
	const crossed = columns.filter(({ left, right }) => left >= start.x + start.width && right <= end.x);
	const between = crossed.flatMap(({ left, right }) => {
		const point = points.find(({ x }) => x >= left && x <= right);
		return point
			? [
					{ x: left - 6, y: point.y },
					{ x: right + 6, y: point.y },
				]
			: [];
	});
	return [
		{ x: start.x + start.width, y: start.y + rowMiddle(start.box, fromRow, start.height) },
		...between,
		{ x: end.x - 1, y: end.y + rowMiddle(end.box, toRow, end.height) },
	];
}

function frame(points: readonly Point[]) {
	const [xs, ys] = [points.map(({ x }) => x), points.map(({ y }) => y)];
	const left = Math.floor(Math.min(...xs)) - margin;
	const top = Math.floor(Math.min(...ys)) - margin;
	return {
		left,
		top,
		width: Math.ceil(Math.max(...xs)) + margin - left,
		height: Math.ceil(Math.max(...ys)) + margin - top,
	};
}

interface Placed {
	readonly x: number;
	readonly y: number;
	readonly width: number;
	readonly height: number;
}

type PlacedBox = Placed & { readonly box: Box };

const size = ({ title, rows, caption }: Box) => ({
	width: Math.ceil(
		Math.max(title.length * letter, caption.length * 6.4 + 14, ...rows.map((row) => row.length * letter)) + 24,
	),
	height: headHeight + (rows.length > 0 ? rows.length * rowHeight + 6 : 0),
});

/** The upper left corner of a box; dagre gives the middle. */
const corner = ({ x, y, width, height }: Placed): Placed => ({ x: x - width / 2, y: y - height / 2, width, height });

function rowMiddle({ rows }: Box, row: string | undefined, height: number): number {
	const place = row === undefined ? -1 : rows.indexOf(row);
	return place < 0 ? (rows.length > 0 ? headHeight / 2 : height / 2) : headHeight + (place + 0.5) * rowHeight;
}

function drawBox({ box, x, y, width, height }: PlacedBox): Html {
	const { title, kind, caption, address, rows, chosen } = box;
	const at = (dx: number, dy: number) => new Html(`x="${round(x + dx)}" y="${round(y + dy)}"`);
	return html`<a href="${address}" class="box${chosen === true ? ' chosen' : ''}">
<rect ${at(0, 0)} width="${width}" height="${height}" rx="7"/>
<circle class="${kind}" cx="${round(x + 14)}" cy="${round(y + 13)}" r="3.5"/><text class="caption" ${at(22, 16.5)}>${caption}</text>
<text class="title" ${at(11, 33)}>${title}</text>
${rows.map(
	(row, place) =>
		html`${
			row === chosen
				? html`<rect class="row" ${at(5, headHeight + place * rowHeight + 1)} width="${width - 10}" height="${rowHeight - 2}" rx="4"/>`
				: ''
		}<text class="${row === chosen ? 'chosen-row' : ''}" ${at(11, headHeight + (place + 0.5) * rowHeight + 4)}>${row}</text>`,
)}</a>`;
}

/** A smooth line that leaves and arrives level. */
function curve([first, ...others]: readonly Point[]): string {
	if (!first) return '';
	let path = `M${round(first.x)} ${round(first.y)}`;
	let before = first;
	for (const point of others) {
		const half = (point.x - before.x) / 2;
		path += `C${round(before.x + half)} ${round(before.y)} ${round(point.x - half)} ${round(point.y)} ${round(point.x)} ${round(point.y)}`;
		before = point;
	}
	return path;
}

/** Two strokes at the end of a line. */
const arrowHead = (end: Point | undefined): string =>
	end
		? `M${round(end.x - 5)} ${round(end.y - 3.5)}L${round(end.x)} ${round(end.y)}L${round(end.x - 5)} ${round(end.y + 3.5)}`
		: '';

const round = (value: number): number => Math.round(value * 10) / 10;
