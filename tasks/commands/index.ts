import type { CommandModule } from 'yargs';
import { crawl } from './crawl';
import { generate } from './generate';
import { loadKpis } from './load-kpis';
import { query } from './query';

/** Every command, in the order of `shoplake --help`. */
export const commands: CommandModule[] = [generate, crawl, loadKpis, query];
