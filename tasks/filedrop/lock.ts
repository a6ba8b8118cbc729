import { hostname } from 'node:os';
import * as z from 'zod';
import type { ObjectStore, TextObject } from '../lake';
import { TryAgainError } from '../platform/errors';

const lock = z.object({
	/** The run that may work on the drop. */
	holder: z.string(),
	host: z.string(),
	/** Distinguishes two tries of one run. */
	attempt: z.string(),
	started_at: z.string(),
	/** From then on any run may take the lock over. */
	lease_until: z.string(),
});
/** The run that works on the drop: one at a time. */
export type Lock = z.infer<typeof lock>;

/** A request for the lock. */
export interface Claim {
	readonly holder: string;
	readonly attempt: string;
	readonly leaseMs: number;
}

/** Maximum tries to change a lock that others change concurrently. */
const maxTries = 5;

/** The lock of a drop: one object, changed only by conditional writes. */
export class DropLock {
	constructor(
		private readonly store: ObjectStore,
		private readonly key: string,
		private readonly clock: () => Date,
	) {}

	/** Who holds it; undefined if it is free. */
	async current(): Promise<Lock | undefined> {
		return (await this.read())?.lock;
	}

	/**
	 * Acquires the lock, or renews the lease of its holder. A lock whose lease has expired is taken over. Resolves to the
	 * holder, which may be another run.
	 */
	async acquire(claim: Claim): Promise<Lock> {
		for (let round = 0; round < maxTries; round++) {
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
		throw new TryAgainError(`The lock ${this.key} keeps being changed by others. Run it again.`);
	}

	/** Renews the lease of a holder before more work. Throws TryAgainError if another run has taken the lock over. */
	async renew(claim: Claim): Promise<void> {
		const { holder, started_at } = await this.acquire(claim);
		if (holder === claim.holder) return;
		throw new TryAgainError(
			`The lock ${this.key} has belonged to run '${holder}' since ${started_at}: the lease of run '${claim.holder}' had expired. The other run continues with the batch; nothing is left to do for this one.`,
		);
	}

	/** Releases the lock. Resolves to false if this holder did not have it: then it stays as it is. */
	async release(holder: string): Promise<boolean> {
		let wasHeld = false;
		for (let round = 0; round < maxTries; round++) {
			const found = await this.read();
			// A deletion whose answer was lost is refused when the SDK sends it again: the lock is gone by then.
			if (found?.lock.holder !== holder) return wasHeld;
			wasHeld = true;
			if (await this.store.deleteIf(this.key, found.etag)) return true;
		}
		throw new TryAgainError(`The lock ${this.key} keeps being changed by others. Release it again.`);
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
		const found = await this.store.getTextObject(this.key);
		return found && { ...found, lock: parseLock(found.text) };
	}
}

/** A lock that somebody put there by hand is respected until it is deleted by hand. */
const manualLock: Lock = {
	holder: '(somebody by hand)',
	host: '',
	attempt: '',
	started_at: '',
	lease_until: '9999-12-31T00:00:00.000Z',
};

function parseLock(text: string): Lock {
	try {
		return lock.parse(JSON.parse(text));
	} catch {
		return manualLock;
	}
}
