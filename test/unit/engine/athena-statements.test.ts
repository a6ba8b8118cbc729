import { ScratchTables } from '../../../tasks/engine/athena/scratch-tables';
import { Statements } from '../../../tasks/engine/athena/statements';
import { RequestMeter } from '../../../tasks/platform/aws/cost';
import { ConfigurationError, DataRefusedError, InternalError } from '../../../tasks/platform/errors';
import { type Behaviour, standIn } from '../../support/stand-in-athena';

/** The statements of a run on an Athena that behaves so. */
function start(behaviour: Behaviour, maxScanned = Number.POSITIVE_INFINITY) {
	const { client, requests } = standIn(behaviour);
	const session = { athena: client, workgroup: 'w', database: 'scratch', signal: new AbortController().signal };
	return { statements: new Statements({ ...session, meter: new RequestMeter() }, maxScanned), requests };
}
const failed = (StateChangeReason: string, ErrorCategory: number) => ({
	State: 'FAILED',
	StateChangeReason,
	AthenaError: { ErrorCategory },
});

test('a table whose statement fails by Athena is tried again in another folder, since the first has its files', async () => {
	const { statements } = start({ states: [failed('Internal', 1), { State: 'SUCCEEDED' }], scanned: [0, 100] });
	const sent: string[] = [];
	const run: Statements['run'] = (build) =>
		Statements.prototype.run.call(statements, () => {
			sent.push(build());
			return sent.at(-1) ?? '';
		});
	const catalog = { bucket: 'lake', database: 'scratch' } as ConstructorParameters<typeof ScratchTables>[0];
	const tables = new ScratchTables(catalog, { run } as Statements, 'A1');
	const { sql } = await tables.create('select 1', { within: 'silver/orders/v=A1/', compression: 'ZSTD' });
	expect(sent.map((text) => /location = '([^']*)'/.exec(text)?.[1])).toEqual([
		's3://lake/silver/orders/v=A1/ta1_1/',
		's3://lake/silver/orders/v=A1/ta1_2/',
	]);
	expect(sql).toBe('"scratch"."ta1_2"');
	expect(statements.usage).toEqual({ statements: 2, scanned_bytes: 100 });
});

test('a statement that Athena fails three times fails the run', async () => {
	const { statements } = start({ states: [failed('Internal', 1)] });
	await expect(statements.run(() => 'select 1')).rejects.toMatchObject({ exitCode: 75 });
	expect(statements.usage.statements).toBe(3);
});

test.each([
	['NUMERIC_VALUE_OUT_OF_RANGE: too large', DataRefusedError],
	['HIVE_BAD_DATA: damaged', DataRefusedError],
	['COLUMN_NOT_FOUND: line 1:8', InternalError],
])('a statement that fails by %s is not tried again', async (reason, type) => {
	const { statements } = start({ states: [failed(reason, 2)] });
	await expect(statements.run(() => 'select 1')).rejects.toThrow(type);
	expect(statements.usage.statements).toBe(1);
});

test('all statements together scan no more than the limit', async () => {
	const { statements, requests } = start({ scanned: [60] }, 100);
	await statements.run(() => 'select 1');
	await expect(statements.run(() => 'select 2')).rejects.toThrow(ConfigurationError);
	expect(requests).toContain('StopQueryExecution');
});
