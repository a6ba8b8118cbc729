import { tableText } from '../platform/table-text';
import { defineTask } from './define-task';

export const doctor = defineTask({
	command: 'doctor',
	describe: 'Whether everything that tasks need is here: versions, settings, AWS, memory, disk',
	about: [
		'Checks one by one what tasks rely on, and says of each that fails what to do. Settings are shown, secrets are not.',
		'',
		'Reads: the newest head; asks Glue, DynamoDB and Athena for the database, tables and workgroup. Writes: the object _hints/doctor in the lake, to see that it can, and that S3 refuses a second creation (with --dry-run nothing).',
		'Returns: checks: check, status (ok, failed, skipped), detail, seconds. Exit code 78 where access or settings are wrong, 75 where only a service does not answer.',
	].join('\n'),
	options: {},
	run: async (context, { dryRun }) => {
		const { summarizeHealth, checkHealth } = await import('../operations/doctor');
		const findings = await checkHealth(context, { dryRun });
		const { exitCode, error } = summarizeHealth(findings);
		// A terminal is told by the table.
		const failed = process.stdout.isTTY ? [] : findings.filter(({ status }) => status === 'failed');
		for (const { check, detail } of failed) context.log.error(`${check}: ${detail}`);
		const checks = findings.map(({ check, status, detail, seconds }) => ({ check, status, detail, seconds }));
		process.exitCode = exitCode;
		return { status: error ? 'unhealthy' : 'healthy', ...(error ? { error } : {}), checks };
	},
	show: ({ checks }) => tableText(checks as Record<string, string>[], ['check', 'status', 'seconds', 'detail']),
});
