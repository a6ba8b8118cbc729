import { hostname } from 'node:os';
import { z } from 'zod';
import { TryAgainError } from '../platform/errors';
import type { DropStore, TextObject } from './drop-store';

const lock = z.object({
	/** The run that may work on the drop. */
	holder: z.string(),
	host: z.string(),
	/** Tells two tries of one run apart. */
	attempt: z.string(),
	started_at: z.string(),
	/** From then on anybody may take the lock over. */
	lease_until: z.string(),
});
/** Who works on the drop: one run at a time. */
export type Lock = z.infer<typeof lock>;

/** Who asks for the lock. */
export interface Claim {
	readonly holder: string;
	readonly attempt: string;
	readonly leaseMs: number;
}

/** So often may the lock change under somebody who asks for it before that one waits. */
const maxRounds = 5;

/** The lock of a drop: one object, which only conditional writes change. */
export class DropLock {
	constructor(
		private readonly store: DropStore,
		private readonly key: string,
		private readonly clock: () => Date,
	) {}

	/** Who holds it; undefined where it is free. */
	async current(): Promise<Lock | undefined> {
		return (await this.read())?.lock;
	}

	/**
	 * Takes the lock, or prolongs the lease of who holds it already; a lock whose lease has run out is taken over.
	 * Resolves to who holds it then, which may be somebody else.
	 */
	async take(claim: Claim): Promise<Lock> {
		for (let round = 0; round < maxRounds; round++) {
			const found = await this.read();
			const mine = this.newLock(claim, found?.lock);
			const text = JSON.stringify(mine);
			if (!found) {
				if (await this.store.createText(this.key, text)) return mine;
				continue;
			}
			const { lock: other } = found;
			if (other.holder !== claim.holder && Date.parse(other.lease_until) > this.clock().getTime()) return other;
			if (await this.store.replaceText(this.key, text, found.etag)) return mine;
		}
		throw new TryAgainError(`The lock ${this.key} changes all the time. Ask for it once more.`);
	}

	/** Prolongs the lease of a holder before more work. Throws TryAgainError where somebody else has taken over. */
	async keep(claim: Claim): Promise<void> {
		const { holder, started_at } = await this.take(claim);
		if (holder === claim.holder) return;
		throw new TryAgainError(
			`The lock ${this.key} belongs to run '${holder}' since ${started_at}: the lease of run '${claim.holder}' had run out. The other run takes the batch on; nothing is left to do for this one.`,
		);
	}

	/** Gives the lock back. Resolves to false where it was not this holder's: then it stays as it is. */
	async release(holder: string): Promise<boolean> {
		let wasHeld = false;
		for (let round = 0; round < maxRounds; round++) {
			const found = await this.read();
			// A removal whose answer was lost is refused when it is sent again: the lock is gone by then.
			if (found?.lock.holder !== holder) return wasHeld;
			wasHeld = true;
			if (await this.store.removeIf(this.key, found.etag)) return true;
		}
		throw new TryAgainError(`The lock ${this.key} changes all the time. Release it once more.`);
	}

	private newLock({ holder, attempt, leaseMs }: Claim, before: Lock | undefined): Lock {
		const now = this.clock();
		return {
			holder,
			host: hostname(),
			attempt,
			started_at: before?.holder === holder ? before.started_at : now.toISOString(),
			lease_until: new Date(now.getTime() + leaseMs).toISOString(),
		};
	}

	private async read(): Promise<(TextObject & { readonly lock: Lock }) | undefined> {
		const found = await this.store.getText(this.key);
		return found && { ...found, lock: lockIn(found.text) };
	}
}

/** A lock that somebody has put there by hand is respected until it is removed by hand. */
const byHand: Lock = {
	holder: '(somebody by hand)',
	host: '',
	attempt: '',
	started_at: '',
	lease_until: '9999-12-31T00:00:00.000Z',
};

function lockIn(text: string): Lock {
	try {
		return lock.parse(JSON.parse(text));
	} catch {
		return byHand;
	}
}
