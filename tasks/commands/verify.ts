import type { Finding } from '../operations/verify';
import { exitCodes } from '../platform/errors';
import { tableText } from '../platform/table-text';
import { defineTask } from './define-task';
import { intervalOptions, parseInterval } from './interval';

export const verify = defineTask({
	command: 'verify',
	describe: 'Compare the lake with what was written: every object, its size, digest and records',
	about: [
		'Checks a head whole: the log, the manifests, every file that they name, and the sums of the batches. Changes nothing.',
		'With --from and --to only files of these dates, of batches named after them, and without a date are read; of all others the sizes are compared.',
		'Files of lakes from before digests were kept are compared by their size and their records.',
		'',
		'Reads: everything that the head names. Writes: nothing.',
		'Returns: files, bytes, read, findings: object, problem, fix. Exit code 65 where there is a finding.',
	].join('\n'),
	options: {
		at: {
			type: 'number',
			whole: [1, 9_999_999_999],
			describe: 'Verify the lake as head N left it; the newest head by default',
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
		return `Head ${head} is whole: ${files} files of ${bytes} bytes in all, ${read} of them read.`;
	},
});
