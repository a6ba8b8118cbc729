import type { CommandModule } from 'yargs';

/** Every command, in the order of `shoplake --help`. */
export const commands: CommandModule[] = [];
