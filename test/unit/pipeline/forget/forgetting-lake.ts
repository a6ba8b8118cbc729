import { verifyLake } from '../../../../tasks/operations/verify';
import { type Followers, forget } from '../../../../tasks/pipeline/forget';
import type { Outcome } from '../../../../tasks/platform/result';
import { inContext } from '../../../support/context';
import type { MemoryStore } from '../../../support/memory-store';

/** Nothing follows a lake in memory. */
const followers: Followers = { publish: async () => new Set(), load: async () => undefined };

/** Forgets a person as a process of its own would, at an instant. */
export const forgetPerson = (
	store: MemoryStore,
	user: string,
	{ dryRun = false, now = new Date() }: { readonly dryRun?: boolean; readonly now?: Date } = {},
): Promise<Outcome> =>
	inContext({ store, task: 'forget', clock: () => now }, (context) => forget(context, { user, dryRun }, followers));

/** What `verify` finds wrong with a lake. */
export const verifyStore = (store: MemoryStore) =>
	inContext({ store }, async (context) => (await verifyLake(context, {})).findings);
