import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventLines, generateFiles } from '../../../tasks/generate';

test('eventLines yields the same lines that the files of the day have', async () => {
	const folder = await mkdtemp(join(tmpdir(), 'shoplake-events-'));
	try {
		const day = { date: '2026-11-20', records: 50, seed: '7' };
		await generateFiles({ ...day, folder, datasets: ['events'] });
		const written = await readFile(join(folder, 'events-0000.ndjson'), 'utf8');
		expect([...eventLines(day)].flat().join('\n').concat('\n')).toBe(written);
	} finally {
		await rm(folder, { recursive: true });
	}
});
