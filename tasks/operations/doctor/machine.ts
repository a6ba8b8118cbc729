import { statfs, writeFile } from 'node:fs/promises';
import { totalmem } from 'node:os';
import { join } from 'node:path';
import { version } from '../../../package.json';
import type { TaskContext } from '../../context';
import { datasets } from '../../contracts';
import { lakeFormat } from '../../lake';
import { ConfigurationError } from '../../platform/errors';
import type { HealthCheck } from './health-check';

const gibibytes = (bytes: number) => `${(bytes / 1024 ** 3).toFixed(1)} GiB`;
/** Spilling a day of some million lines takes about this much. */
const scratchWanted = 1024 ** 3;

/** What runs here. */
export const program: HealthCheck = {
	name: 'program',
	run: async () => {
		const contracts = Object.values(datasets).map(({ name, version }) => `${name} ${version}`);
		return `shoplake ${version}, Node ${process.versions.node} on ${process.platform}-${process.arch}, lake format ${lakeFormat}, contracts ${contracts.join(', ')}`;
	},
};

/** The settings that tasks go by; no secret is among them. */
export const configuration = (context: TaskContext): HealthCheck => ({
	name: 'configuration',
	run: async () => {
		const { bucket, database, workgroup, crawler } = context.config;
		const region = process.env.AWS_REGION ?? process.env.AWS_DEFAULT_REGION ?? "the SDK's";
		const endpoint = process.env.AWS_ENDPOINT_URL ?? "AWS's own";
		return `bucket ${bucket}, database ${database}, workgroup ${workgroup}, crawler ${crawler ?? 'none'}, region ${region}, endpoint ${endpoint}`;
	},
});

/** That what a task may use is there to be used. */
export const memory = (context: TaskContext): HealthCheck => ({
	name: 'memory',
	run: async () => {
		const { memory, threads } = context.config;
		const limit = Math.min(process.constrainedMemory() || totalmem(), totalmem());
		if (memory > limit) {
			throw new ConfigurationError(
				`A task may use ${gibibytes(memory)} (SHOPLAKE_MEMORY), and there are ${gibibytes(limit)}: the kernel would kill it. Lower the one or raise the other.`,
			);
		}
		return `${gibibytes(memory)} of ${gibibytes(limit)}, ${threads} threads`;
	},
});

/** That scratch can be written to, and has room. */
export const scratch = (context: TaskContext): HealthCheck => ({
	name: 'scratch',
	run: async () => {
		const { scratch } = context.config;
		await writeFile(join(await context.scratch(), 'probe'), Buffer.alloc(1024 ** 2));
		const { bavail, bsize } = await statfs(scratch);
		const free = bavail * bsize;
		const word = free < scratchWanted ? ': little, for large days' : '';
		return `${scratch}, ${gibibytes(free)} free${word}`;
	},
});

/** That DuckDB's binary loads and works. */
export const duckdb = (context: TaskContext): HealthCheck => ({
	name: 'duckdb',
	run: async () => {
		const engine = await context.duckdb();
		const { version, memory, threads } = await engine.row(
			`select version() as version, current_setting('memory_limit') as memory, current_setting('threads') as threads`,
		);
		return `DuckDB ${version}, spills beyond ${memory}, ${threads} threads`;
	},
});
