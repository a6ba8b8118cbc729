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
 * Throws ConfigurationError where a change of Bronze or Silver by these contracts would lose or mix up columns that a project
 * has added: the newest batches have one that the contracts lack, or have with another type. `before` and `after` are the
 * ledgers around the change. Datasets that the contracts don't have are left as they are.
 */
export function checkOwnFields(contracts: Contracts, before: Ledger, after = before): void {
	checkTypes(contracts, before);
	// A project removes a column by typing all batches again; without one nobody can know that it is meant.
	checkKnown(contracts, contracts.hasProject ? after : before);
}

function checkKnown(contracts: Contracts, ledger: Ledger): void {
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

function checkTypes(contracts: Contracts, ledger: Ledger): void {
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
