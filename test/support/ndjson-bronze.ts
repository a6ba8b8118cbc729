import { join } from 'node:path';
import type { TaskContext } from '../../tasks/context';
import { datasetNames } from '../../tasks/contracts';
import { type BatchManifest, type BatchVersion, type Ledger, storeFile } from '../../tasks/lake';
import { receivedRecords } from '../../tasks/pipeline/bronze/received-records';
import { literal } from '../../tasks/platform/duckdb/quote';

/**
 * Makes the Bronze of a lake what shoplake wrote before format 2: objects of NDJSON with each record's place before its
 * fields, manifests without forms, a ledger without formats. The batches must have been NDJSON without a mapping.
 */
export async function downgradeBronze(context: TaskContext): Promise<void> {
	const lake = await context.lake();
	await lake.transact(context.step('test').run, async (newest) => {
		const ledger = await newest.ledger();
		for (const dataset of datasetNames) {
			for (const [batch, { attempt }] of Object.entries(ledger.ingested[dataset] ?? {})) {
				await downgrade(context, await lake.batch(dataset, batch, attempt));
			}
		}
		const { ingested, admitted } = ledger;
		return { ledger: { ...ledger, format: 1, ingested: withoutFormat(ingested), admitted: withoutFormat(admitted) } };
	});
}

const withoutFormat = (batches: Ledger['ingested']): Ledger['ingested'] =>
	Object.fromEntries(
		Object.entries(batches).map(([dataset, versions]) => [
			dataset,
			Object.fromEntries(
				Object.entries(versions).map(([batch, { format: _, typed_by: __, ...version }]): [string, BatchVersion] => [
					batch,
					version,
				]),
			),
		]),
	);

async function downgrade(context: TaskContext, manifest: BatchManifest): Promise<void> {
	const engine = await context.engine();
	const lake = await context.lake();
	const records = await receivedRecords(engine, lake.contracts, manifest);
	const key = `bronze/${manifest.dataset}/batch=${manifest.batch}/v=${manifest.attempt}/part-00000.ndjson.zst`;
	const path = join(engine.scratch, 'downgraded');
	await engine.duckdb.execute(
		`copy (select '{"_file":' || file || ',"_line":' || line || ',' || ltrim(text, '{') from ${records.name}) to ${literal(path)}
		 (format csv, header false, quote '', escape '', delimiter e'\\x01', compression zstd)`,
	);
	const { mapping: _, ...rest } = manifest;
	await lake.putBatch({
		...rest,
		format: 1,
		tidy: false,
		sources: manifest.sources.map(({ name, records, bytes }) => ({ name, records, bytes })),
		files: [
			await storeFile(
				lake.store,
				path,
				key,
				manifest.files.reduce((sum, { rows }) => sum + rows, 0),
			),
		],
	});
}
