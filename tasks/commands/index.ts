import type { CommandModule } from 'yargs';
import { aggregate } from './aggregate';
import { clean } from './clean';
import { completion } from './completion';
import { cost } from './cost';
import { crawl } from './crawl';
import { docs } from './docs';
import { doctor } from './doctor';
import { exportBatch } from './export';
import { filedrop } from './filedrop';
import { forget } from './forget';
import { generate } from './generate';
import { ingest } from './ingest';
import { init } from './init';
import { inspect } from './inspect';
import { kpis } from './kpis';
import { loadKpis } from './load-kpis';
import { local } from './local';
import { rebuild, rollback, vacuum, withdraw } from './maintenance';
import { orders } from './orders';
import { products } from './products';
import { query } from './query';
import { report } from './report';
import { run } from './run';
import { sources } from './sources';
import { plan, status } from './status';
import { stocks } from './stocks';
import { stream } from './stream';
import { tables } from './tables';
import { verify } from './verify';

/** Every command, in the order of `shoplake --help`. */
export const commands: CommandModule[] = [
	init,
	local,
	doctor,
	run,
	inspect,
	generate,
	ingest,
	sources,
	clean,
	aggregate,
	crawl,
	loadKpis,
	query,
	tables,
	report,
	docs,
	kpis,
	stream,
	orders,
	products,
	stocks,
	filedrop,
	status,
	plan,
	cost,
	verify,
	exportBatch,
	rebuild,
	withdraw,
	rollback,
	vacuum,
	forget,
	completion,
];
