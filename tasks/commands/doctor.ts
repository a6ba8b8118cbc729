import { tableText } from '../platform/table-text';
import { defineTask } from './define-task';

export const doctor = defineTask({
	command: 'doctor',
	describe: 'Check everything that tasks need: versions, settings, AWS, memory, disk',
	about: [
		'Runs one health check after another, and says how to fix each one that fails. Settings are shown, secrets are not.',
		'Reads: the newest head; the database in Glue, the tables in DynamoDB, the workgroup in Athena. Writes: the object _hints/doctor in the lake, to test that it can be written and that S3 refuses to create it twice (with --dry-run nothing).',
		'Returns: checks: check, status (ok, failed, skipped), detail, seconds. Exit code 78 if access or settings are wrong, 75 if the only fault is a service that does not answer.',
	].join('\n\n'),
	options: {},
	run: async (context, { dryRun }) => {
		const { summarizeHealth, checkHealth } = await import('../operations/doctor');
		const results = await checkHealth(context, { dryRun });
		const { exitCode, error } = summarizeHealth(results);
		// On a terminal the table shows them.
		const failed = process.stdout.isTTY ? [] : results.filter(({ status }) => status === 'failed');
		for (const { check, detail } of failed) context.log.error(`${check}: ${detail}`);
		const checks = results.map(({ check, status, detail, seconds }) => ({ check, status, detail, seconds }));
		process.exitCode = exitCode;
		return { status: error ? 'unhealthy' : 'healthy', ...(error ? { error } : {}), checks };
	},
	show: ({ checks }) => tableText(checks as Record<string, string>[], ['check', 'status', 'seconds', 'detail']),
});
