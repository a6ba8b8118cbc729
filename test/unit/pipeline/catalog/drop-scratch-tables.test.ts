import { BatchDeleteTableCommand, GetTablesCommand, GlueClient, GlueServiceException } from '@aws-sdk/client-glue';
import { dropOldScratchTables } from '../../../../tasks/pipeline/catalog';
import { testContext } from '../../../support/context';
import { MemoryStore } from '../../../support/memory-store';

const hourMs = 3600_000;
const now = new Date('2026-11-20T12:00:00Z');

/** Drops tables of a Glue that has these, made so many hours ago; returns how many it counts, and their names. */
async function drop(ages: Readonly<Record<string, number>> | undefined, options: { graceMs: number; dryRun: boolean }) {
	const store = new MemoryStore({ clock: () => now });
	const { context, dispose } = testContext({ store, clock: () => now });
	const dropped: string[] = [];
	// The SDK's paginator requires an instance of the client's class.
	const glue = Object.assign(Object.create(GlueClient.prototype), {
		send: async (command: object) => {
			if (command instanceof BatchDeleteTableCommand) {
				expect(command.input.DatabaseName).toBe('shoplake_scratch');
				expect(command.input.TablesToDelete?.length).toBeLessThanOrEqual(100);
				dropped.push(...(command.input.TablesToDelete ?? []));
				return { Errors: [{ TableName: 't', ErrorDetail: { ErrorCode: 'EntityNotFoundException' } }] };
			}
			expect(command).toBeInstanceOf(GetTablesCommand);
			if (!ages) {
				const answer = { name: 'EntityNotFoundException', message: 'No.', $fault: 'client', $metadata: {} } as const;
				throw new GlueServiceException(answer);
			}
			const TableList = Object.entries(ages).map(([Name, hours]) => ({
				Name,
				CreateTime: new Date(now.getTime() - hours * hourMs),
			}));
			return { TableList };
		},
	}) as GlueClient;
	try {
		const { config, aws } = context;
		const given = { config, aws: { ...aws, glue: async () => glue }, lake: context.lake.bind(context) };
		return { count: await dropOldScratchTables(given, options), dropped };
	} finally {
		await dispose();
	}
}

it('scratch tables that are older than the grace are dropped, younger ones are kept', async () => {
	const ages = { old: 200, young: 100 };
	expect(await drop(ages, { graceMs: 168 * hourMs, dryRun: false })).toEqual({ count: 1, dropped: ['old'] });
	expect(await drop(ages, { graceMs: 168 * hourMs, dryRun: true })).toEqual({ count: 1, dropped: [] });
});

it('a table of a run that may still go on is kept, however short the grace', async () => {
	const ages = { running: 5, left: 13 };
	expect(await drop(ages, { graceMs: 0, dryRun: false })).toEqual({ count: 1, dropped: ['left'] });
});

it('many are dropped by the hundred, and a missing database has none', async () => {
	const ages = Object.fromEntries(Array.from({ length: 250 }, (_, number) => [`t${number}`, 500]));
	expect((await drop(ages, { graceMs: 0, dryRun: false })).dropped).toHaveLength(250);
	expect(await drop(undefined, { graceMs: 0, dryRun: false })).toEqual({ count: 0, dropped: [] });
});
