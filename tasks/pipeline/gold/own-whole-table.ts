import type { Table } from '../../contracts';
import { parseStatement } from '../../engine/statement';
import { whole } from '../../lake';
import { ConfigurationError } from '../../platform/errors';
import type { ProjectGoldTable } from '../../project';
import { partitionVersions } from './changed-dates';
import type { DailyTable } from './daily-table';
import type { DerivedTable } from './derived-table';
import type { GoldRun } from './gold-run';
import { ownDigest } from './own-digest';
import { findOwnFaults } from './own-faults';
import { checkOwnStatements } from './own-statement';
import { attachSilver, type GoldSources, type SilverName, silverPartitions } from './sources';
import type { InputVersions } from './staged-snapshot';
import { catalogueInput } from './staleness';

const reason = 'changed: its statement, or a date of what it reads';

/** A project's table over all dates, computed from whole tables of Silver and from tables of dates of Gold. */
export function ownWholeTable(
	own: ProjectGoldTable,
	daily: readonly DailyTable[],
	silverNames: readonly SilverName[],
): DerivedTable {
	const isSilver = (input: string) => silverNames.includes(input);
	const { name, sql, audit, file } = own;
	const dailyNames = daily.map(({ name }) => name);
	const inputs = [...new Set([sql, ...(audit ? [audit.sql] : [])].flatMap((text) => parseStatement(text).inputs))];
	const read = inputs.filter((input) => input !== name);
	const unknown = read.find((input) => !isSilver(input) && !dailyNames.includes(input));
	if (unknown !== undefined) {
		throw new ConfigurationError(
			`${file}: 'Inputs:' names ${unknown}. A table over all dates reads ${[...silverNames, ...dailyNames].join(', ')}.`,
		);
	}
	const silver = read.filter(isSilver);
	const gold = read.filter((input) => !isSilver(input));
	const attach = async ({ engine, staged }: GoldRun, sources: GoldSources) => {
		const relations = [
			...silver.map(async (input) => [input, await attachSilver(engine, sources, input)] as const),
			...gold.map(async (input) => {
				const table = staged.tables[input] as Table;
				return [input, await engine.attach(table, staged.manifest(input))] as const;
			}),
		];
		return Object.fromEntries(await Promise.all(relations));
	};
	return {
		name,
		isOwn: true,
		dates: whole,
		statement: ownDigest(own, {}),
		readInputs: (staged, sources) => {
			const versions = Object.assign(
				{},
				...silver.map((input) => silverVersions(input, sources)),
				...gold.map((input) => partitionVersions(staged, input)),
			) as InputVersions;
			const read = [
				...silver.map((input) => silverPartitions(sources, input)),
				...gold.map((input) => staged.manifest(input).partitions),
			];
			const isEmpty = read.every((partitions) => Object.keys(partitions).length === 0);
			return () => (isEmpty ? {} : versions);
		},
		...(gold.length > 0 && { follows: { tables: gold, dates: () => 'all' as const } }),
		reasons: { changed: reason, gone: reason, missing: 'never computed' },
		compute: (sources) => ({
			statements: { [name]: sql },
			rowsOf: () => 0,
			attach: (run) => attach(run, sources),
			check: async (run) => checkOwnStatements(run, own, {}, await attach(run, sources)),
			findFaults: (run, rows) => findOwnFaults(run, own, rows),
		}),
	};
}

/** The versions of all partitions of a table of Silver; of the products, the fingerprint of what can be read of them. */
function silverVersions(name: SilverName, sources: GoldSources): InputVersions {
	if (name === 'products') return { [catalogueInput]: sources.catalogueFingerprint };
	return Object.fromEntries(
		Object.entries(silverPartitions(sources, name)).map(([date, { version }]) => [`silver_${name}/${date}`, version]),
	);
}
