import type { LakeTable, Layer } from '../lineage/lake-table';
import type { Html } from '../report/html';
import { columnAddress, layerNames, tableAddress } from './addresses';
import { type Arrow, type Box, drawPicture } from './picture';
import type { SiteData } from './site-data';

/** How a picture writes that a value depends on how many rows there are. */
const rowsText = '(rows)';

const box = (table: LakeTable): Omit<Box, 'rows'> => ({
	id: table.id,
	title: shortName(table),
	kind: table.layer,
	caption: layerNames[table.layer],
	address: tableAddress(table),
});

/** The layer stands beside the name. */
const shortName = ({ name, layer }: LakeTable): string =>
	name.startsWith(`${layer}_`) && layer !== 'live' ? name.slice(layer.length + 1) : name;

/** The whole lake. What sources send is left out: Bronze has the same columns. */
export function lakePicture({ tables, table }: SiteData): Html {
	const upstream = (id: string): string[] =>
		table(id)?.layer === 'records' ? (table(id)?.making.reads ?? []).flatMap(upstream) : [id];
	const arrows = tables
		.filter(({ layer }) => layer !== 'records')
		.flatMap(({ id, making }) => making.reads.flatMap(upstream).map((from) => ({ from, to: id })));
	const linked = new Set(arrows.flatMap(({ from, to }) => [from, to]));
	const boxes = tables.filter(({ id }) => linked.has(id)).map((one) => ({ ...box(one), rows: [] }));
	const order: readonly Layer[] = ['bronze', 'silver', 'gold', 'serving', 'live'];
	const counted = order.map((layer) => boxes.filter(({ kind }) => kind === layer).length);
	const words = order.map((layer, index) => `${counted[index]} of ${layerNames[layer]}`).join(', ');
	return drawPicture(`Which table is made from which: ${words}`, boxes, arrows, rankByLayer(boxes, arrows));
}

/** The column in which a layer begins; a table that is made from another one of its layer stands further to the right. */
const firstRank: Readonly<Record<Layer, number>> = { records: 0, bronze: 0, live: 0, silver: 1, gold: 3, serving: 6 };

/** The column of each box: layers stand below each other, as far as the arrows allow. */
function rankByLayer(boxes: readonly Box[], arrows: readonly Arrow[]): Map<string, number> {
	const ranks = new Map<string, number>();
	const kinds = new Map(boxes.map(({ id, kind }) => [id, kind as Layer]));
	const rank = (id: string): number => {
		const known = ranks.get(id);
		if (known !== undefined) return known;
		const sources = arrows.filter(({ to }) => to === id).map(({ from }) => rank(from) + 1);
		// What nothing is made into the lake from, such as a table that feeds a stream, stands first.
		const first = sources.length === 0 ? 0 : firstRank[kinds.get(id) ?? 'bronze'];
		ranks.set(id, Math.max(first, ...sources));
		return ranks.get(id) as number;
	};
	for (const { id } of boxes) rank(id);
	return ranks;
}

/** What a table is made from, and what is made from it, all the way. */
export function tablePicture(chosen: LakeTable, data: SiteData): Html | undefined {
	const arrows: Arrow[] = [];
	const visit = (id: string, next: (id: string) => readonly string[], add: (id: string, other: string) => void) => {
		const seen = new Set<string>();
		const walk = (one: string) => {
			if (seen.has(one)) return;
			seen.add(one);
			for (const other of next(one)) {
				add(one, other);
				walk(other);
			}
		};
		walk(id);
	};
	visit(
		chosen.id,
		(id) => data.table(id)?.making.reads ?? [],
		(to, from) => arrows.push({ from, to }),
	);
	visit(
		chosen.id,
		(id) => data.madeFrom(id).map((table) => table.id),
		(from, to) => arrows.push({ from, to }),
	);
	if (arrows.length === 0) return undefined;
	const linked = new Set([chosen.id, ...arrows.flatMap(({ from, to }) => [from, to])]);
	const boxes = data.tables
		.filter(({ id }) => linked.has(id))
		.map((table) => ({ ...box(table), rows: [], ...(table.id === chosen.id ? { chosen: true as const } : {}) }));
	return drawPicture(`What ${chosen.name} is made from, and what is made from it`, boxes, arrows);
}

/** The columns that a column comes from, and those that they come from, up to what sources send. */
export function columnPicture(chosen: LakeTable, column: string, data: SiteData): Html | undefined {
	const rows = new Map<string, string[]>([[chosen.id, [column]]]);
	const arrows: Arrow[] = [];
	const walk = (table: LakeTable, name: string) => {
		for (const { relation, column: source } of table.making.columns.get(name) ?? []) {
			const from = data.table(relation);
			if (!from) continue;
			const row = source ?? rowsText;
			arrows.push({ from: relation, fromRow: row, to: table.id, toRow: name });
			const known = rows.get(relation) ?? [];
			if (known.includes(row)) continue;
			rows.set(relation, [...known, row]);
			if (source !== null) walk(from, source);
		}
	};
	walk(chosen, column);
	if (arrows.length === 0) return undefined;
	const boxes = data.tables.flatMap((table): Box[] => {
		const own = rows.get(table.id);
		if (!own) return [];
		const isChosen = table.id === chosen.id;
		const address =
			isChosen || own.length > 1 || own[0] === rowsText ? tableAddress(table) : columnAddress(table, own[0] ?? '');
		return [{ ...box(table), address, rows: own, ...(isChosen ? { chosen: column } : {}) }];
	});
	return drawPicture(`The columns that ${chosen.name}.${column} comes from`, boxes, arrows);
}
