import { relative } from 'node:path';
import { defineTask } from './define-task';

export const init = defineTask({
	command: 'init',
	positional: '<folder>',
	describe: 'Write a project of your own: settings, KPIs, analyses, DAGs, a test',
	about:
		'Writes a small project into a new folder. In it `npm start` loads a week of generated orders on the local AWS, and `npm test` tests its SQL. Reads: nothing. Writes: the folder. Returns: folder, files.',
	options: {
		folder: { type: 'string', demandOption: true, describe: 'The folder to make; its name is the project’s' },
	},
	run: async (_, { folder, dryRun }) => (await import('../local/init-project')).initProject(folder, { dryRun }),
	show: ({ status, folder, files }) =>
		status === 'planned'
			? undefined
			: [
					...(files as string[]),
					'',
					'Next',
					`  cd ${relative(process.cwd(), String(folder)) || '.'}`,
					'  npm install      unless shoplake is installed in a folder above',
					'  npm test         tests the SQL of the example KPI',
					'  npm start        loads a week of generated orders on the local AWS',
					'',
					'A KPI is two files: contracts/NAME.ts and sql/gold/NAME.sql.',
				].join('\n'),
});
