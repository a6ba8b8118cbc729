import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { ingestBatch } from '../../../tasks/sources';
import { testContext } from '../../support/context';
import { admit, ingestions } from '../../support/histories';
import { MemoryStore } from '../../support/memory-store';
import { Admissions, type QuarantinedRecord, silverOf } from '../../support/model';
import { writeSources } from '../../support/source-files';

const numRuns = Number(process.env.SHOPLAKE_PROPERTY_RUNS ?? 25);
const timeLimitMs = 600_000;
const startedAt = '2026-11-21T06:00:00.000Z';

const byRule = (records: readonly QuarantinedRecord[]) => {
	const counts: Record<string, number> = {};
	for (const { rule } of records) counts[rule] = (counts[rule] ?? 0) + 1;
	return counts;
};

test(
	'every record of a batch is in Bronze or in quarantine, under the rule it breaks',
	async () => {
		await fc.assert(
			fc.asyncProperty(ingestions, async (ingestion) => {
				const folder = await mkdtemp(join(tmpdir(), 'shoplake-sources-'));
				const { context, dispose } = testContext({ store: new MemoryStore(), clock: () => new Date(startedAt) });
				try {
					const admissions = new Admissions();
					admit(admissions, ingestion, startedAt);
					admissions.clean(ingestion.batch);
					const expected = silverOf(admissions.batches());

					const sources = await writeSources(folder, Object.values(ingestion.datasets).flat());
					const { batch, asOf } = ingestion;
					await ingestBatch(context, { batch, sources, maxRejected: 1, ...(asOf ? { asOf } : {}) });

					const lake = await context.lake();
					const { ingested } = await (await lake.newest()).ledger();
					expect(Object.keys(ingested).sort()).toEqual(Object.keys(ingestion.datasets).sort());
					for (const { dataset, as_of, received, rejected } of expected.labels) {
						const attempt = ingested[dataset]?.[batch]?.attempt as string;
						const manifest = await lake.batch(dataset, batch, attempt);
						const quarantined = expected.quarantine.filter((record) => record.dataset === dataset);
						expect({ dataset, ...ingested[dataset]?.[batch] }).toEqual({ dataset, attempt, as_of, received, rejected });
						expect({ dataset, ...manifest.rejected }).toEqual({ dataset, ...byRule(quarantined) });
					}
				} finally {
					await dispose();
					await rm(folder, { recursive: true });
				}
			}),
			{ numRuns },
		);
	},
	timeLimitMs,
);
