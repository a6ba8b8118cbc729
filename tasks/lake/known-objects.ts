import { once } from '../platform/once';

/** More than a few heads name in total, whatever a run does. */
const maxObjects = 200;

/**
 * Heads, manifests and ledgers by key, each read when it is first asked for. They never change, so all states of a lake share
 * them. The ones used last are kept. One that can't be read is not: it may be readable later.
 */
export class KnownObjects {
	/** The one used last comes last. */
	private readonly objects = new Map<string, () => Promise<unknown>>();

	/** The object of a key; `read` reads it unless it is known. */
	get<T>(key: string, read: () => Promise<T>): Promise<T> {
		const known = (this.objects.get(key) as (() => Promise<T>) | undefined) ?? once(read);
		this.add(key, known);
		return known().catch((error) => {
			if (this.objects.get(key) === known) this.objects.delete(key);
			throw error;
		});
	}

	/** Adds an object, such as one that was just written. */
	add(key: string, read: () => Promise<unknown>): void {
		this.objects.delete(key);
		this.objects.set(key, read);
		if (this.objects.size <= maxObjects) return;
		const [oldest = ''] = this.objects.keys();
		this.objects.delete(oldest);
	}
}
