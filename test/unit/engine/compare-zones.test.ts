import type { Engine } from '../../../tasks/engine';
import { compareZones } from '../../../tasks/engine/compare-zones';
import { duckdb } from '../../../tasks/engine/dialect';
import { ConfigurationError } from '../../../tasks/platform/errors';
import { noProject } from '../../../tasks/project';
import { inContext } from '../../support/context';
import { MemoryStore } from '../../support/memory-store';

/** DuckDB under another engine's name, which takes one zone for another. */
const taking = (engine: Engine, zone: string): Engine =>
	({
		dialect: { ...duckdb, name: 'athena' },
		select: (sql: string) => engine.select(sql),
		localTime: (instant: string) => duckdb.localTime(zone, instant),
	}) as unknown as Engine;

const compare = (timeZone: string, taken: string) =>
	inContext({ store: new MemoryStore(), project: { ...noProject, config: { timeZone } } }, async (context) => {
		const engine = await context.engine();
		await compareZones(timeZone, taking(engine, taken), engine);
	});

it('an engine whose local times are those of DuckDB computes the lake', async () => {
	await compare('Europe/Berlin', 'Europe/Berlin');
});

it.each([
	['all year', 'Europe/Berlin', 'Europe/Athens'],
	['in some years, for half an hour', 'Australia/Lord_Howe', 'Australia/Sydney'],
	['until 1980 only', 'Europe/Berlin', 'Europe/Paris'],
])('an engine whose local times differ %s is refused', async (_, zone, taken) => {
	await expect(compare(zone, taken)).rejects.toThrow(
		new ConfigurationError(
			`athena has other data about the time zone ${zone} than duckdb: the days of this lake would not be the same. Use --engine duckdb.`,
		),
	);
});
