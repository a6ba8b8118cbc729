import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { synthesise } from '../../tasks/local/deploy';
import { type Layout, localLayout } from '../../tasks/local/layout';
import { withLock } from '../../tasks/local/lock';

const folder = join(process.cwd(), '.shoplake');
const shared = join(folder, 'test-cdk.out');

/**
 * Copies the synthesised stack of this clone to where a local AWS looks for its own, which then has nothing to
 * synthesise. Test files share one, which is synthesised again when a source has changed.
 */
export async function copySynthesised({ assembly }: Layout): Promise<void> {
	await withLock({ folder, lock: join(folder, 'test-synthesis.lock') }, async () => {
		await synthesise({ ...localLayout(process.cwd()), assembly: shared });
		await cp(shared, assembly, { recursive: true });
	});
}
