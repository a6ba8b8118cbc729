import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { contractDigest, datasets } from '../../../tasks/contracts';
import { ingestBatch } from '../../../tasks/pipeline/bronze';
import { testContext } from '../../support/context';
import { admit, type Ingestion, ingestions } from '../../support/histories';
import { MemoryStore } from '../../support/memory-store';
import { Admissions, type DatasetName, judge, modelSilver } from '../../support/model';
import { writeSources } from '../../support/source-files';
import { readStoredRecords } from '../../support/stored-records';
import { runs, timeLimitMs } from './runs';

const startedAt = '2026-11-21T06:00:00.000Z';

/** The expected outcome of every line of a dataset's files: `file:line` and `kept`, or the rule it breaks. */
function expectedOutcomes({ datasets }: Ingestion, dataset: DatasetName, asOf: string): string[] {
	return (datasets[dataset] ?? []).flatMap(({ path, records }) =>
		records.flatMap((record, place) => {
			if (typeof record === 'string' && record.trim() === '') return [];
			const line = place + (path.includes('.csv') ? 2 : 1);
			const judged = judge(dataset, record, asOf);
			return [`${path}:${line} ${'rule' in judged ? judged.rule : 'kept'}`];
		}),
	);
}

test(
	'every record of a batch is in Bronze or in quarantine, at its line and under the rule it breaks',
	async () => {
		await fc.assert(
			fc.asyncProperty(ingestions, async (ingestion) => {
				const folder = await mkdtemp(join(tmpdir(), 'shoplake-sources-'));
				const store = new MemoryStore();
				const { context, dispose } = testContext({ store, clock: () => new Date(startedAt) });
				try {
					const admissions = new Admissions();
					admit(admissions, ingestion, startedAt);
					admissions.clean(ingestion.batch);
					const expected = modelSilver(admissions.batches());

					const sources = await writeSources(folder, Object.values(ingestion.datasets).flat());
					const { batch, asOf } = ingestion;
					await ingestBatch(context, { batch, sources, maxRejected: 1, ...(asOf ? { asOf } : {}) });

					const lake = await context.lake();
					const { ingested } = await (await lake.newest()).ledger();
					expect(Object.keys(ingested).sort()).toEqual(Object.keys(ingestion.datasets).sort());
					for (const { dataset, as_of, received, rejected } of expected.labels) {
						const { attempt = '', format, typed_by, ...version } = ingested[dataset]?.[batch] ?? {};
						expect({ format, typed_by }).toEqual({ format: 2, typed_by: contractDigest(datasets[dataset]) });
						expect({ dataset, ...version }).toEqual({ dataset, as_of, received, rejected });

						const { files, quarantine, sources } = await lake.batch(dataset, batch, attempt);
						const keys = [...files, ...quarantine].map(({ key }) => key);
						const kept = await readStoredRecords(context, store, 'bronze', keys);
						const refused = await readStoredRecords(context, store, 'quarantine', keys);
						const outcomes = [
							...kept.map(({ _file, _line }) => `${sources[Number(_file)]?.name}:${_line} kept`),
							...refused.map(({ file, line, rule }) => `${file}:${line} ${rule}`),
						];
						expect(outcomes.sort()).toEqual(expectedOutcomes(ingestion, dataset, as_of).sort());
					}
				} finally {
					await dispose();
					await rm(folder, { recursive: true });
				}
			}),
			{ numRuns: runs(15) },
		);
	},
	timeLimitMs,
);
