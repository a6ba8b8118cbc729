#!/usr/bin/env node
import yargs from 'yargs';
import { version } from '../package.json';
import { commands } from './commands';
import { complete } from './commands/complete';
import { exitCodes } from './platform/errors';
import { useLocalSettings } from './platform/local-settings';

useLocalSettings(process.env);
const program = yargs(process.argv.slice(2))
	.scriptName('shoplake')
	.version(version)
	.usage('shoplake <command> [flags]\n\nAn e-commerce lakehouse: every command runs the same on a laptop and on AWS.')
	.command(commands);
// The scripts of `shoplake completion` ask so. The command line is unfinished then, and nothing in it is an error.
if (process.argv[2] === '--get-yargs-completions') {
	const nothing = () => undefined;
	await program.completion('yargs-completion', false, complete).fail(nothing).parseAsync();
	process.exit();
}
// Yargs composes the help of a command whenever it runs it, which takes 30 ms of processor time. `fail` doesn't show it, and
// no setting of yargs 18 switches it off.
(program as unknown as YargsInternals).getInternalMethods().getUsageInstance().cacheHelpMessage = () => undefined;
await program
	.demandCommand(1, 'Choose a command; `shoplake --help` lists them.')
	.strict()
	.wrap(Math.min(120, process.stdout.columns ?? 100))
	.fail((message, error) => {
		if (error && !message) throw error;
		const words = process.argv.slice(2);
		const firstFlag = words.findIndex((word) => word.startsWith('-'));
		const command = (firstFlag < 0 ? words : words.slice(0, firstFlag)).join(' ');
		console.error(`${message}\n\nSee: ${`shoplake ${command}`.trim()} --help`);
		process.exit(exitCodes.usage);
	})
	.parseAsync();

interface YargsInternals {
	getInternalMethods(): { getUsageInstance(): { cacheHelpMessage: () => void } };
}
