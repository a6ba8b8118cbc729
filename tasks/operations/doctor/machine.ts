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
/** Spilling a day of a few million lines takes about this much. */
const scratchWanted = 1024 ** 3;

/** Reports the versions that run here. */
export const program: HealthCheck = {
	name: 'program',
	run: async () => {
		const contracts = Object.values(datasets).map(({ name, version }) => `${name} ${version}`);
		return `shoplake ${version}, Node ${process.versions.node} on ${process.platform}-${process.arch}, lake format ${lakeFormat}, contracts ${contracts.join(', ')}`;
	},
};

/** Reports the settings of tasks; none of them is a secret. */
export const configuration = (context: TaskContext): HealthCheck => ({
	name: 'configuration',
	run: async () => {
		const { bucket, database, workgroup, crawler } = context.config;
		const region = process.env.AWS_REGION ?? process.env.AWS_DEFAULT_REGION ?? "the SDK's";
		const endpoint = process.env.AWS_ENDPOINT_URL ?? "AWS's own";
		return `bucket ${bucket}, database ${database}, workgroup ${workgroup}, crawler ${crawler ?? 'none'}, region ${region}, endpoint ${endpoint}`;
	},
});

/** Checks that the memory which a task may use exists. */
export const memory = (context: TaskContext): HealthCheck => ({
	name: 'memory',
	run: async () => {
		const { memory, threads } = context.config;
		const limit = Math.min(process.constrainedMemory() || totalmem(), totalmem());
		if (memory > limit) {
			throw new ConfigurationError(
				`A task may use ${gibibytes(memory)} (SHOPLAKE_MEMORY), but only ${gibibytes(limit)} are available: the kernel would kill it. Lower SHOPLAKE_MEMORY or raise the memory limit.`,
			);
		}
		return `${gibibytes(memory)} of ${gibibytes(limit)}, ${threads} threads`;
	},
});

/** Checks that the scratch folder is writable and has space. */
export const scratch = (context: TaskContext): HealthCheck => ({
	name: 'scratch',
	run: async () => {
		const { scratch } = context.config;
		await writeFile(join(await context.scratch(), 'probe'), Buffer.alloc(1024 ** 2));
		const { bavail, bsize } = await statfs(scratch);
		const free = bavail * bsize;
		const warning = free < scratchWanted ? ': too little for large days' : '';
		return `${scratch}, ${gibibytes(free)} free${warning}`;
	},
});

/** Checks that DuckDB's binary loads and works. */
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
