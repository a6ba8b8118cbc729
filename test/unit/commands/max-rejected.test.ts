import { maxRejected } from '../../../tasks/commands/ingest-flags';
import { noProject } from '../../../tasks/project';
import { inContext } from '../../support/context';
import { MemoryStore } from '../../support/memory-store';

test.each([
	['the flag', '1%', '2%', 0.01],
	["the project's setting", undefined, '2%', 0.02],
	["the product's default", undefined, undefined, 0.05],
])('the largest share of invalid records is that of %s', async (_, flag, setting, share) => {
	const project = { ...noProject, folder: '/shop', config: setting === undefined ? {} : { maxRejected: setting } };
	await inContext({ store: new MemoryStore(), project }, async (context) => {
		expect(await maxRejected(context, flag)).toBe(share);
	});
});
