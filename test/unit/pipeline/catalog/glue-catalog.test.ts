import { GlueClient, GlueServiceException } from '@aws-sdk/client-glue';
import { definitions } from '../../../../tasks/pipeline/catalog/definition';
import type { DesiredTable } from '../../../../tasks/pipeline/catalog/desired';
import { CatalogMovedError, GlueCatalog } from '../../../../tasks/pipeline/catalog/glue-catalog';
import { failureExitCode } from '../../../../tasks/platform/failure';

const definition = definitions.find(({ name }) => name === 'silver_orders');
const orders = {
	definition,
	partitions: new Map([['2026-11-20', 's3://lake/silver/orders/order_date=2026-11-20/v=a/']]),
	location: 's3://lake/silver/orders/',
	source: '',
	files: new Map(),
} as unknown as DesiredTable;
const days = ['2026-11-20'];

const refusal = (name: string) => new GlueServiceException({ name, $fault: 'client', message: 'No.', $metadata: {} });
/** A catalogue whose Glue answers so, one after the other, and then well; and the requests that it got. */
function catalogue(...answers: (string | object)[]) {
	const asked: string[] = [];
	// The SDK's paginator wants a client by its class.
	const glue = Object.assign(Object.create(GlueClient.prototype), {
		send: async (command: object) => {
			asked.push(command.constructor.name.replace('Command', ''));
			const answer = answers.shift() ?? {};
			if (typeof answer === 'string') throw refusal(answer);
			return answer;
		},
	});
	return { catalog: new GlueCatalog(glue, 'shop'), asked };
}

const works: [string, (catalog: GlueCatalog) => Promise<void>][] = [
	['adding partitions', (catalog) => catalog.createPartitions(orders, days)],
	['moving partitions', (catalog) => catalog.movePartitions(orders, days)],
	['removing partitions', (catalog) => catalog.removePartitions(orders, days)],
];

describe.each(works)('%s', (_, work) => {
	it('is sent again where another request changes the table at that moment', async () => {
		const { catalog, asked } = catalogue('ConcurrentModificationException', 'ResourceNotReadyException');
		await work(catalog);
		expect(asked).toHaveLength(3);
	});

	it('looks again where that goes on', async () => {
		const { catalog } = catalogue(...Array.from({ length: 20 }, () => 'ConcurrentModificationException'));
		await expect(work(catalog)).rejects.toBeInstanceOf(CatalogMovedError);
	});
});

describe('partitions that Glue refuses one by one', () => {
	const refused = (...codes: string[]) => ({
		Errors: codes.map((ErrorCode) => ({ ErrorDetail: { ErrorCode, ErrorMessage: 'No.' } })),
	});

	it.each(['AlreadyExistsException', 'InternalServiceException', 'ConcurrentModificationException'])(
		'are looked at again after %s',
		async (code) => {
			const { catalog } = catalogue(refused(code));
			await expect(catalog.createPartitions(orders, days)).rejects.toBeInstanceOf(CatalogMovedError);
		},
	);

	it.each<[string, number]>([
		['AccessDeniedException', 78],
		['GlueEncryptionException', 78],
		['ResourceNumberLimitExceededException', 78],
	])('end the task after %s, whatever else was refused', async (code, exitCode) => {
		const { catalog } = catalogue(refused('AlreadyExistsException', code));
		const error = await catalog.createPartitions(orders, days).catch((thrown) => thrown);
		expect(error).not.toBeInstanceOf(CatalogMovedError);
		expect(failureExitCode(error)).toBe(exitCode);
		expect(error.message).toBe('Glue refused a partition of silver_orders: No.');
	});
});

it('a table that goes while its partitions are read is looked for again', async () => {
	const { catalog } = catalogue(
		{ TableList: [{ Name: 'silver_orders', PartitionKeys: [{ Name: 'order_date' }] }] },
		'EntityNotFoundException',
	);
	await expect(catalog.tables(new Set(['silver_orders']))).rejects.toBeInstanceOf(CatalogMovedError);
});
