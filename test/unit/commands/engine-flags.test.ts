import { parseEngine } from '../../../tasks/commands/engine-flags';
import { withEngine } from '../../../tasks/pipeline/with-engine';
import { readConfig } from '../../../tasks/platform/config';
import { inContext } from '../../support/context';
import { MemoryStore } from '../../support/memory-store';

test.each([
	['500GiB', 500 * 1024 ** 3],
	['1.5 TiB', 1.5 * 1024 ** 4],
	[undefined, undefined],
])('--max-scanned %s', (maxScanned, bytes) => {
	expect(parseEngine({ engine: 'athena', maxScanned }).maxScanned).toBe(bytes);
});

test.each(['500', '-1GiB', '5GB', 'GiB'])('--max-scanned %s is refused', (maxScanned) => {
	expect(() => parseEngine({ engine: 'athena', maxScanned })).toThrow('write a number and MiB, GiB or TiB');
});

test('an emulator’s Athena is refused before anything is done', async () => {
	const laptop = { SHOPLAKE_BUCKET: 'lake', AWS_ENDPOINT_URL: 'http://localhost:4566' };
	const run = (env: NodeJS.ProcessEnv) =>
		inContext({ store: new MemoryStore() }, (context) => {
			const given = { ...context, config: readConfig(env), hold: context.hold.bind(context) };
			return withEngine(given, { engine: 'athena' }, async () => ({ status: 'unchanged' }));
		});
	await expect(run(laptop)).rejects.toThrow('use --engine duckdb');
	expect(await run({ ...laptop, AWS_ENDPOINT_URL_ATHENA: 'http://localhost:8080' })).toEqual({
		status: 'unchanged',
		engine: 'athena',
		statements: 0,
		scanned_bytes: 0,
	});
});
