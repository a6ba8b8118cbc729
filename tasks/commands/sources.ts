import type { CommandModule } from 'yargs';
import { tableText } from '../platform/table-text';
import { defineTask } from './define-task';

const list = defineTask({
	command: 'sources list',
	describe: 'List the presets',
	about:
		'Lists the presets that --from of `ingest` and `run` takes, each for the export of one kind of shop. Reads and writes nothing of the lake. Returns: sources (name, title, description, datasets).',
	options: {},
	run: async () => {
		const { listPresets } = await import('../sources');
		const sources = (await listPresets()).map(({ name, settings: { title, description }, datasets }) => ({
			...{ name, title, description },
			datasets: datasets.map((dataset) => dataset.name),
		}));
		return { status: 'done', sources };
	},
	show: ({ sources }) =>
		tableText(
			(sources as { name: string; title: string; datasets: string[] }[]).map(({ name, title, datasets }) => ({
				...{ name, title },
				datasets: datasets.join(', '),
			})),
		),
});

const show = defineTask({
	command: 'sources show',
	positional: '<name>',
	describe: 'Print the settings and the SQL of a preset',
	about: 'Prints every file of a preset, and nothing else. Reads and writes nothing of the lake.',
	payloadOnly: true,
	options: { name: { type: 'string', demandOption: true, describe: 'The name of the preset' } },
	run: async (_, { name }) => {
		const { readPresetTexts } = await import('../sources');
		const files = [...(await readPresetTexts(name))].map(([file, text]) => `-- ${name}/${file}\n${text.trimEnd()}\n`);
		process.stdout.write(files.join('\n'));
		return { status: 'done' };
	},
});

const create = defineTask({
	command: 'sources new',
	positional: '<folder>',
	describe: 'Copy a preset into a folder, to change it there',
	about:
		'Copies the files of a preset into a folder that is new or empty; `--map FOLDER` of `ingest` and `run` takes it. Reads and writes nothing of the lake. Returns: location, files.',
	options: {
		folder: { type: 'string', demandOption: true, describe: 'The folder to write to' },
		from: { type: 'string', demandOption: true, describe: 'The preset to start from' },
	},
	run: async (_, { folder, from, dryRun }) => {
		const { copyPreset } = await import('../sources');
		const files = await copyPreset(from, folder, { dryRun });
		return { status: dryRun ? 'planned' : 'done', location: folder, files };
	},
	show: ({ status, location, files }) =>
		`${status === 'planned' ? 'Would write' : 'Wrote'} ${(files as string[]).join(', ')} to ${location}`,
});

export const sources: CommandModule = {
	command: 'sources',
	describe: 'Presets for the exports of shops: list, show, new',
	builder: (yargs) => yargs.command({ ...list, command: ['list', '$0'] }).command([show, create]),
	handler: () => undefined,
};
