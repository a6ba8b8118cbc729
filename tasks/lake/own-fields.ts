import type { Contracts } from '../contracts';
import { ConfigurationError } from '../platform/errors';
import type { Ledger } from './model';

/** A field that a project has defined, as a batch was typed by it. */
interface TypedField {
	readonly dataset: string;
	readonly field: string;
	readonly type: string;
}

/**
 * Throws ConfigurationError where the newest batches of a dataset have columns of a project that these contracts don't have:
 * Silver would lose them. Datasets that the contracts don't have are left as they are.
 */
export function checkOwnFields(contracts: Contracts, ledger: Ledger): void {
	const lacking = listOwnFields(contracts, ledger).find(
		({ dataset, field }) => contracts.own[dataset]?.types[field] === undefined,
	);
	if (!lacking) return;
	const { dataset, field } = lacking;
	const column = `${dataset}.${field}`;
	throw new ConfigurationError(
		contracts.hasProject
			? `The batches of ${dataset} have the column ${column}, which the project no longer defines. Put it back, or remove it from the lake: 'shoplake rebuild --retype'. Nothing is changed.`
			: `A project has added the column ${column} to this lake, and there is no project here. Run this in the project's folder or in its image, or name the folder by SHOPLAKE_PROJECT. Nothing is changed.`,
	);
}

/** Throws ConfigurationError where a column of a project has another type than batches of the lake have. */
export function checkOwnTypes(contracts: Contracts, ledger: Ledger): void {
	for (const { dataset, field, type } of listOwnFields(contracts, ledger)) {
		const own = contracts.own[dataset];
		const wanted = own?.types[field];
		if (!own || wanted === undefined || wanted === type) continue;
		throw new ConfigurationError(
			`${own.file}: ${field}: the lake has it as ${type}, not ${wanted}, and a column keeps its type. Give the new column another name. Nothing is changed.`,
		);
	}
}

function listOwnFields({ datasets }: Contracts, { ingested }: Ledger): TypedField[] {
	return Object.entries(ingested).flatMap(([dataset, batches]) =>
		datasets[dataset] === undefined
			? []
			: Object.values(batches).flatMap(({ own = {} }) =>
					Object.entries(own).map(([field, type]) => ({ dataset, field, type })),
				),
	);
}
