import type { Finding } from '../operations/verify';
import { exitCodes } from '../platform/errors';
import { tableText } from '../platform/table-text';
import { defineTask } from './define-task';
import { intervalOptions, parseInterval } from './interval';

export const verify = defineTask({
	command: 'verify',
	describe: 'Verify every object of the lake: its size, digest and record count',
	about: [
		'Verifies a head completely: the log, the manifests, every file that they reference, and the record counts of the batches.',
		'With --from and --to it reads only the files of these dates, of batches named after these dates, and files without a date. Of all other files it compares only the size.',
		'Files written before digests were stored are verified by their size and their records.',
		'Reads: everything that the head references. Writes: nothing.',
		'Returns: files, bytes, read (files), findings: object, problem, fix. Exit code 65 if there is a finding.',
	].join('\n\n'),
	options: {
		at: {
			type: 'number',
			integer: [1, 9_999_999_999],
			describe: 'Verify head N; by default the newest head',
		},
		...intervalOptions,
	},
	run: async (context, args) => {
		const { verifyLake } = await import('../operations/verify');
		const verified = await verifyLake(context, { at: args.at, interval: parseInterval(args) });
		const { findings } = verified;
		for (const { object, problem, fix } of findings) context.log.error(`${object} ${problem}. ${fix}`);
		if (findings.length === 0) return { status: 'sound', ...verified };
		process.exitCode = exitCodes.dataRefused;
		const objects = findings.length === 1 ? '1 object' : `${findings.length} objects`;
		const error = `${objects} of the lake, such as ${findings[0]?.object}, can't be trusted. Fix each as its finding says.`;
		return { status: 'damaged', error, ...verified };
	},
	show: ({ head, files, read, bytes, findings }) => {
		const found = findings as readonly (Finding & Record<string, unknown>)[];
		if (found.length > 0) return tableText(found, ['object', 'problem', 'fix']);
		return `Head ${head} is sound: ${files} files, ${bytes} bytes in total; ${read} of them read.`;
	},
});
