import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { PutBucketVersioningCommand, S3Client } from '@aws-sdk/client-s3';
import { S3Store } from '../../tasks/lake/s3-store';
import { verifyLake } from '../../tasks/operations/verify';
import { ingestBatch } from '../../tasks/pipeline/bronze';
import { crawl } from '../../tasks/pipeline/catalog';
import { awsFollowers, forget } from '../../tasks/pipeline/forget';
import { aggregate } from '../../tasks/pipeline/gold';
import { loadKpis } from '../../tasks/pipeline/serving';
import { clean } from '../../tasks/pipeline/silver';
import { createAwsLake, lakeContext } from '../support/aws-lake';
import { findTextIn } from '../support/find-text';
import { startMiniStack, useEndpoint } from '../support/ministack';
import type { Server } from '../support/server';

const person = 'person-7f3a';
const batch = '2026-11-20';
let aws: Server;

beforeAll(async () => {
	aws = await startMiniStack();
	useEndpoint(aws.endpoint);
}, 600_000);
afterAll(() => aws.stop());

const order = (order_id: string, user_id: string) =>
	JSON.stringify({ order_id, user_id, order_date: batch, total_amount: '10.00', status: 'completed' });

it('erases a person from a bucket with versions, its copies and the Iceberg metadata, and DynamoDB follows', async () => {
	const lake = await createAwsLake('forget');
	const s3 = new S3Client({ forcePathStyle: true });
	await s3.send(
		new PutBucketVersioningCommand({ Bucket: lake.bucket, VersioningConfiguration: { Status: 'Enabled' } }),
	);
	const store = new S3Store(s3, lake.bucket);
	const folder = await mkdtemp(join(tmpdir(), 'shoplake-test-'));
	const { context, dispose } = lakeContext('forget', { ...lake.env, SHOPLAKE_MIRROR: 'true' });
	try {
		const text = [order('o1', 'u1'), order('o2', person)].join('\n');
		await writeFile(join(folder, 'orders.ndjson'), text);
		await store.putText(`landing/orders/batch=${batch}/orders.ndjson`, text);
		await ingestBatch(context.step('ingest'), { batch, sources: [folder], maxRejected: 0 });
		await clean(context.step('clean'), { batches: [batch] });
		await aggregate(context.step('aggregate'), { kind: 'all' });
		await crawl(context.step('crawl'));
		await loadKpis(context.step('load-kpis'), { kind: 'all' });
		const isIn = async () => (await findTextIn(versions(store), person)).map((key) => key.split('/')[0]);
		expect(new Set(await isIn())).toEqual(new Set(['landing', 'bronze', 'silver', 'gold', 'current']));
		expect(await lake.items()).toContainEqual(expect.stringContaining('total_orders=2'));

		expect(await forget(context, { user: person }, awsFollowers)).toMatchObject({ status: 'published', left: [] });
		expect(await isIn()).toEqual([]);
		expect((await verifyLake(context, {})).findings).toEqual([]);
		expect(await lake.items()).toContainEqual(expect.stringContaining('total_orders=1'));
		const objects = Object.keys(await lake.objects('current/'));
		expect(objects).not.toEqual([]);
		expect(await crawl(context.step('crawl'), { drift: true })).toMatchObject({ drift: [] });
		expect(Object.keys(await lake.objects('current/'))).toEqual(objects);
	} finally {
		await dispose();
		await rm(folder, { recursive: true });
		s3.destroy();
	}
});

/** Every version of every object. */
async function* versions(store: S3Store) {
	for await (const { key, version, isDeleteMarker } of store.listAllVersions('')) {
		if (!isDeleteMarker) yield { key, bytes: await buffer(await store.read(key, version)) };
	}
}
