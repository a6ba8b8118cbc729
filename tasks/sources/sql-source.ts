import { createHash } from 'node:crypto';
import { type Contracts, type Dataset, type DatasetName, productContracts } from '../contracts';
import { parseStatement } from '../engine/statement';
import { UsageError } from '../platform/errors';
import { parseSettings, relationName, type SourceSettings } from './settings';

/** One statement of a source. */
export interface SourceStatement {
	/** The name of its file without `.sql`: a dataset, or a view. */
	readonly name: string;
	/** Its file in messages: `my-shop/orders.sql`. */
	readonly file: string;
	readonly sql: string;
}

/** A folder of SQL that turns a shop's export into datasets of the lake. */
export interface SqlSource {
	/** A preset's name, or that of the folder. */
	readonly name: string;
	readonly settings: SourceSettings;
	/** The statements that give the records of a dataset, in the order of the datasets. */
	readonly datasets: readonly (SourceStatement & { readonly name: DatasetName; readonly contract: Dataset })[];
	/** The views that the statements read, each after those that it reads itself. */
	readonly views: readonly SourceStatement[];
}

export const settingsFile = 'source.json';
const sqlFile = /\.sql$/;

/** Whether a file belongs to a source. */
export const isFileOfSource = (name: string): boolean => name === settingsFile || sqlFile.test(name);

/** Makes a source of its files: texts by name. Throws UsageError where they don't make one. */
export function makeSource(
	name: string,
	texts: ReadonlyMap<string, string>,
	contracts: Contracts = productContracts,
): SqlSource {
	const settingsText = texts.get(settingsFile);
	if (settingsText === undefined) {
		throw new UsageError(
			`${name} has no ${settingsFile}. It says which files the statements read; 'shoplake sources new ${name} --from PRESET' writes one to start from.`,
		);
	}
	const settings = parseSettings(settingsText, `${name}/${settingsFile}`);
	const statements = [...texts]
		.filter(([file]) => sqlFile.test(file))
		.map(([file, sql]) => ({ name: file.replace(sqlFile, ''), file: `${name}/${file}`, sql }));
	const datasets = Object.entries(contracts.datasets).flatMap(([dataset, contract]) => {
		const own = statements.find((statement) => statement.name === dataset);
		return own ? [{ ...own, name: dataset, contract }] : [];
	});
	if (datasets.length === 0) {
		throw new UsageError(
			`${name} has no statement that gives records: write at least one of ${contracts.names.map((dataset) => `${dataset}.sql`).join(', ')}.`,
		);
	}
	const views = statements.filter((statement) => !datasets.some((dataset) => dataset.name === statement.name));
	for (const view of views) checkViewName(view, settings);
	return { name, settings, datasets, views: orderViews(views, Object.keys(settings.files)) };
}

function checkViewName({ name, file }: SourceStatement, { files }: SourceSettings): void {
	if (!relationName.test(name)) {
		throw new UsageError(`${file}: a view is named in lower-case letters, digits and _: rename the file.`);
	}
	if (Object.hasOwn(files, name)) {
		throw new UsageError(`${file}: ${settingsFile} has a relation ${name} too. Rename one of them.`);
	}
}

/** Orders views by what the `Inputs:` of their headers name. */
function orderViews(views: readonly SourceStatement[], relations: readonly string[]): SourceStatement[] {
	const ordered: SourceStatement[] = [];
	const place = (view: SourceStatement, above: readonly SourceStatement[]) => {
		if (ordered.includes(view)) return;
		if (above.includes(view)) {
			const circle = [...above.slice(above.indexOf(view)), view].map(({ name }) => name);
			throw new UsageError(`${view.file} reads itself: ${circle.join(' reads ')}. Take one of these inputs out.`);
		}
		for (const input of parseStatement(view.sql).inputs) {
			if (relations.includes(input)) continue;
			const read = views.find(({ name }) => name === input);
			if (!read) throw unknownInput(view, input, [...relations, ...views.map(({ name }) => name)]);
			place(read, [...above, view]);
		}
		ordered.push(view);
	};
	for (const view of views) place(view, []);
	return ordered;
}

const unknownInput = ({ file }: SourceStatement, input: string, known: readonly string[]): UsageError =>
	new UsageError(
		`${file}: its header names the input ${input}, which the source does not have. It has ${known.join(', ')}.`,
	);

/** A digest of all that decides what a source makes of files: its statements, its settings, the values of its parameters. */
export function sourceDigest(
	{ settings, datasets, views }: SqlSource,
	values: Readonly<Record<string, string>>,
): string {
	const statements = [...datasets, ...views].map(({ name, sql }) => [name, sql]);
	const given = Object.entries(values).sort(([a], [b]) => (a < b ? -1 : 1));
	return createHash('sha256')
		.update(JSON.stringify([settings.files, statements, given]))
		.digest('hex');
}
