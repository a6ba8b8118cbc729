import type { TaskContext } from '../../../tasks/context';
import { archive } from '../../../tasks/filedrop/archive';
import { gate } from '../../../tasks/filedrop/gate';
import { readDropSettings } from '../../../tasks/filedrop/settings';
import { type OnInvalid, validate } from '../../../tasks/filedrop/validate';
import type { Outcome } from '../../../tasks/platform/result';
import { inContext } from '../../support/context';
import { MemoryStore } from '../../support/memory-store';

const leaseMs = 3600_000;

/** A file drop and its lake in memory, with a clock that the test moves; `admit` stands for loading a batch. */
export function createMemoryDrop(env: NodeJS.ProcessEnv = {}) {
	let now = new Date('2026-11-26T12:00:00Z');
	const clock = () => now;
	const lake = new MemoryStore({ clock });
	/** Called when an operation of the drop has taken effect: throwing there is a process that dies. */
	const hooks = { after: (): void => undefined };
	const store = lake.door({ after: () => hooks.after() });
	const place = { store, settings: readDropSettings(env, 'lake') };
	/** Does a step as a process of its own. */
	const process = <T>(step: (context: TaskContext) => Promise<T>): Promise<T> =>
		inContext({ store: lake, clock }, step);
	return {
		store,
		lake,
		hooks,
		place,
		clock,
		pass: (minutes: number) => {
			now = new Date(now.getTime() + minutes * 60_000);
		},
		drop: (files: Readonly<Record<string, string | Buffer>>) => {
			for (const [name, content] of Object.entries(files)) lake.place(`incoming/${name}`, content);
		},
		gate: (): Promise<Outcome> => process((context) => gate(context, place)),
		validate: (batch: string, onInvalid: OnInvalid = 'fail', map?: string): Promise<Outcome> =>
			process((context) => validate(context, place, { batch, onInvalid, leaseMs, map })),
		archive: (batch: string): Promise<Outcome> => process((context) => archive(context, place, { batch, leaseMs })),
		/** Makes the lake admit a batch, as `ingest` and `clean` would. */
		admit: (batch: string): Promise<void> =>
			process(async (context) => {
				const version = { attempt: 'a', as_of: clock().toISOString(), received: 1, rejected: 0 };
				await (await context.lake()).transact(context.run, async (newest) => {
					const ledger = await newest.ledger();
					const admitted = { ...ledger.admitted };
					for (const dataset of ['orders', 'order_items', 'products']) {
						admitted[dataset] = { ...admitted[dataset], [batch]: version };
					}
					return { ledger: { ...ledger, admitted } };
				});
			}),
	};
}
