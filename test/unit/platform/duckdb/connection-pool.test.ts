import fc from 'fast-check';
import { ConnectionPool, withConnectionPool } from '../../../../tasks/platform/duckdb/connection-pool';
import type { DuckDb } from '../../../../tasks/platform/duckdb/duckdb';

/** Connections that run no statement. */
const connections = (count: number) => Array.from({ length: count }, (_, number) => ({ number }) as unknown as DuckDb);
/** A DuckDB of such connections. */
const duckdb = {
	withConnections: (count: number, work: (all: readonly DuckDb[]) => Promise<unknown>) => work(connections(count)),
} as DuckDb;

test('the order of results is that of the starts, and no connection is used twice at a time, whichever work ends first', async () => {
	await fc.assert(
		fc.asyncProperty(fc.scheduler(), fc.integer({ min: 1, max: 3 }), fc.nat({ max: 8 }), async (s, count, pieces) => {
			const pool = new ConnectionPool<number>(connections(count));
			const used = new Set<DuckDb>();
			const work = (piece: number) => async (connection: DuckDb) => {
				expect(used.has(connection)).toBe(false);
				used.add(connection);
				await s.schedule(Promise.resolve(), `piece ${piece}`);
				used.delete(connection);
				return piece;
			};
			const done = (async () => {
				for (let piece = 0; piece < pieces; piece++) {
					if (piece % 3 === 2) await pool.run(work(piece));
					else await pool.start(work(piece));
				}
				return pool.finish();
			})();
			const results = await s.waitFor(done);
			expect(results).toEqual([...Array(pieces).keys()].filter((piece) => piece % 3 !== 2));
			expect(used.size).toBe(0);
		}),
	);
});

test('the first piece that fails, in the order of the starts, is told after all have ended, and no more are started', async () => {
	await fc.assert(
		fc.asyncProperty(
			fc.scheduler(),
			fc.integer({ min: 1, max: 3 }),
			fc.array(fc.boolean(), { maxLength: 8 }),
			fc.boolean(),
			async (s, count, fails, isCutShort) => {
				let running = 0;
				let hasFailed = false;
				let begunInVain = 0;
				const done = withConnectionPool<number>(duckdb, count, async (pool) => {
					for (const [piece, fail] of fails.entries()) {
						await pool.start(async () => {
							if (hasFailed) begunInVain++;
							running++;
							await s.schedule(Promise.resolve(), `piece ${piece}`);
							running--;
							if (!fail) return piece;
							hasFailed = true;
							throw new Error(`piece ${piece}`);
						});
					}
					if (isCutShort) throw new Error('the file is cut off');
				});
				const ended = s.waitFor(done).then(
					() => 'done',
					(error: Error) => error.message,
				);
				const first = fails.indexOf(true);
				expect(await ended).toBe(first >= 0 ? `piece ${first}` : isCutShort ? 'the file is cut off' : 'done');
				expect(running).toBe(0);
				// One may wait for a connection already.
				expect(begunInVain).toBeLessThanOrEqual(1);
			},
		),
	);
});
