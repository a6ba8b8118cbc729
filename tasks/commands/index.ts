import type { CommandModule } from 'yargs';
import { generate } from './generate';

/** Every command, in the order of `shoplake --help`. */
export const commands: CommandModule[] = [generate];
