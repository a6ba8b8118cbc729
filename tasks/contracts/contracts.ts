import { InternalError } from '../platform/errors';
import type { Field, SqlType } from './column';
import type { Dataset, DatedDataset } from './dataset';
import { type DatasetName, datasets, type ProductDataset } from './datasets';
import { goldTables } from './gold';
import { silverTable, type Table } from './table';

type Fields = Readonly<Record<string, Field>>;

/** What a project adds to the product's contracts; `file` is where it says so, relative to the project. */
export interface OwnContracts {
	/** Optional fields of the product's datasets. */
	readonly columns: readonly { readonly file: string; readonly dataset: ProductDataset; readonly fields: Fields }[];
	/** Datasets whose records tell their date themselves. */
	readonly datasets: readonly { readonly file: string; readonly dataset: DatedDataset }[];
}

/** The fields that a project has defined in one dataset: all of its own ones, the added ones of the product's. */
interface OwnFields {
	readonly file: string;
	readonly types: Readonly<Record<string, SqlType>>;
}

/** The contracts that a process works by: the product's, with what its project adds. */
export interface Contracts {
	/** Every dataset by its name. */
	readonly datasets: ProductDatasets & Readonly<Record<string, Dataset>>;
	/** The names of the datasets, the product's first. */
	readonly names: readonly DatasetName[];
	/** Every Silver table, and the product's Gold tables. */
	readonly tables: readonly Table[];
	/** Whether there is a project, which may add nothing. */
	readonly hasProject: boolean;
	/** What the project has defined, by dataset; a dataset of which it defines nothing is not there. */
	readonly own: Readonly<Record<DatasetName, OwnFields>>;
}

/** As the product has them, with added fields. */
type ProductDatasets = Readonly<Record<Exclude<ProductDataset, 'products'>, DatedDataset>> & {
	readonly products: Dataset;
};

/** The product's contracts, with those of a project if there is one. The names of its additions have to be free. */
export function composeContracts(project?: OwnContracts): Contracts {
	const { columns, datasets: own } = project ?? { columns: [], datasets: [] };
	const extended = Object.fromEntries(
		Object.values(datasets).map((dataset) => [
			dataset.name,
			withFields(dataset, columns.find((one) => one.dataset === dataset.name)?.fields),
		]),
	) as unknown as ProductDatasets;
	const all: Contracts['datasets'] = {
		...extended,
		...Object.fromEntries(own.map(({ dataset }) => [dataset.name, dataset])),
	};
	return {
		datasets: all,
		names: Object.keys(all),
		tables: [...Object.values(all).map(silverTable), ...Object.values(goldTables)],
		hasProject: project !== undefined,
		own: Object.fromEntries([
			...columns.map(({ file, dataset, fields }) => [dataset, { file, types: listTypes(fields) }] as const),
			...own.map(({ file, dataset }) => [dataset.name, { file, types: listTypes(dataset.fields) }] as const),
		]),
	};
}

const withFields = (dataset: Dataset, added: Fields = {}): Dataset => ({
	...dataset,
	fields: { ...dataset.fields, ...added },
});

const listTypes = (fields: Fields): Record<string, SqlType> =>
	Object.fromEntries(Object.entries(fields).map(([name, { type }]) => [name, type]));

/** The product's contracts alone. */
export const productContracts: Contracts = composeContracts();

/** A dataset by its name. */
export function getDataset({ datasets }: Pick<Contracts, 'datasets'>, name: DatasetName): Dataset {
	const dataset = datasets[name];
	if (!dataset) throw new InternalError(`There is no dataset ${name}.`);
	return dataset;
}
