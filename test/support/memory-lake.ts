import type { TaskContext } from '../../tasks/context';
import { type Account, listAccounts } from '../../tasks/lake';
import { noProject, type Project } from '../../tasks/project';
import { inContext, readTable, sorted } from './context';
import { MemoryStore } from './memory-store';
import type { Row } from './model';

/** A lake in memory, on which a test does tasks, each as a process of its own would. */
export class MemoryLake {
	readonly store: MemoryStore = new MemoryStore({ clock: () => this.now() });

	/** The user's own tables; none by default. */
	project: Project = noProject;

	/** The clock of the store and of all tasks; the machine's by default. */
	protected now(): Date {
		return new Date();
	}

	/** Does work as a process of its own; `store` may be another door to the lake. */
	process<T>(work: (context: TaskContext) => Promise<T>, store: MemoryStore = this.store): Promise<T> {
		return inContext({ store, clock: () => this.now(), project: this.project }, work);
	}

	/** The rows of a Silver or Gold table, sorted by their text. */
	async rows(table: string): Promise<Row[]> {
		return sorted(await this.process((context) => readTable(context, table)));
	}

	/** The accounts of all admitted batches. */
	accounts(): Promise<readonly Account[]> {
		return this.process(async (context) => {
			const { contracts } = await context.lake();
			const snapshot = await (await context.lake()).newest();
			const table = (name: string) => snapshot.table(name);
			return listAccounts(await snapshot.ledger(), table, { datasets: contracts.names });
		});
	}

	/** The number of the newest head. */
	head(): Promise<number> {
		return this.process(async (context) => (await (await context.lake()).newest()).head.number);
	}
}
