import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { rollback } from '../../../tasks/lake';
import { selectDates } from '../../../tasks/lake/scope';
import { rebuild } from '../../../tasks/pipeline';
import { clean, withdraw } from '../../../tasks/pipeline/silver';
import { NoInputError } from '../../../tasks/platform/errors';
import { query } from '../../../tasks/query';
import { testContext } from '../../support/context';
import { MemoryStore } from '../../support/memory-store';
import { ingestFiles, orderLine } from '../pipeline/bronze/ingest-files';

/** Properties that every JavaScript object inherits and that are valid batch ids. */
const inherited = Object.getOwnPropertyNames(Object.prototype).filter((name) => /^[A-Za-z]/.test(name));
const names = fc.uniqueArray(
	fc.constantFrom(...inherited, 'length', 'prototype', '10', '2', 'constructor-20261120T10'),
	{
		minLength: 3,
		maxLength: 3,
	},
);

test('a batch may have the name of a property of every JavaScript object', async () => {
	const folder = await mkdtemp(join(tmpdir(), 'shoplake-names-'));
	const file = join(folder, 'q.sql');
	await writeFile(file, 'select batch, received, kept from lake_batches order by batch');
	try {
		await fc.assert(
			fc.asyncProperty(names, async ([first = '', second = '', unknown = '']) => {
				const store = new MemoryStore();
				const { context, dispose } = testContext({ store });
				const accounts = () => query(context, { file, param: [], engine: 'duckdb', format: 'csv' });
				const row = (...batches: string[]) =>
					['batch,received,kept', ...batches.map((name) => `${name},1,1`), ''].join('\r\n');
				// Each task is a run of its own.
				const next = () => context.step('test');
				const ingest = async (batch: string) =>
					(await ingestFiles({ 'orders.ndjson': orderLine({ order_id: JSON.stringify(batch) }) }, { batch }, store))
						.outcome;
				try {
					expect(await ingest(first)).toMatchObject({ status: 'published', received: 1 });
					expect(await ingest(first)).toMatchObject({ status: 'unchanged' });
					expect(await ingest(second)).toMatchObject({ status: 'published' });
					await expect(clean(next(), { batches: [unknown] })).rejects.toThrow(NoInputError);
					await expect(withdraw(next(), { batch: unknown })).rejects.toThrow(NoInputError);
					await expect(withdraw(next(), { batch: first })).rejects.toThrow(NoInputError);
					expect(await clean(next(), { sealed: true })).toMatchObject({ status: 'unchanged' });
					expect(await clean(next(), { batches: [first] })).toMatchObject({ status: 'published', kept: 1 });
					const { head: one } = await (await context.lake()).newest();
					expect(await clean(next(), { batches: [second] })).toMatchObject({ status: 'published', kept: 1 });
					expect(await accounts()).toBe(row(...[first, second].sort()));
					const snapshot = await (await context.lake()).newest();
					expect(await selectDates(snapshot, { kind: 'batch', batch: first }, ['2026-11-20'])).toEqual(['2026-11-20']);
					expect(await selectDates(snapshot, { kind: 'batch', batch: unknown }, ['2026-11-20'])).toEqual([]);

					await rollback(await context.lake(), next().run, one.number, []);
					expect(await accounts()).toBe(row(first));
					expect(await clean(next(), { batches: [second] })).toMatchObject({ status: 'published' });
					expect(await withdraw(next(), { batch: first })).toMatchObject({ status: 'published' });
					await expect(withdraw(next(), { batch: first })).rejects.toThrow(NoInputError);
					expect(await accounts()).toBe(row(second));
					await rebuild(next(), undefined, {});
					expect(await accounts()).toBe(row(second));
				} finally {
					await dispose();
				}
			}),
			{ numRuns: 2 },
		);
	} finally {
		await rm(folder, { recursive: true });
	}
});
