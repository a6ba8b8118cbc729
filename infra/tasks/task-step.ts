import type { Role } from 'aws-cdk-lib/aws-iam';
import type { LakePrefix } from '../../tasks/lake/layout';
import type { Catalog } from '../catalog/catalog';
import type { QueryWorkgroup } from '../catalog/query-workgroup';
import type { MarketData } from '../market/market-data';
import type { Alerts } from '../operations/alerts';
import type { ServingTables } from '../serving/serving-tables';
import type { LakeStorage } from '../storage/lake-storage';

/** The parts of the stack that tasks work on. */
export interface Lakehouse {
	readonly lake: LakeStorage;
	readonly catalog: Catalog;
	readonly serving: ServingTables;
	readonly queries: QueryWorkgroup;
	readonly engine: QueryWorkgroup;
	readonly alerts: Alerts;
	readonly market: MarketData;
}

/** Where a run looks the newest state up, and where it commits. */
export const log: readonly LakePrefix[] = ['_heads/', '_hints/', '_manifests/'];

/** How large tasks are. */
export const small = { cpu: 256, memoryMiB: 1024 };
export const medium = { cpu: 512, memoryMiB: 1024 };
export const large = { cpu: 1024, memoryMiB: 2048 };

/** A task of the `shoplake` command that runs on AWS: how large it is, and what it may do. */
export interface TaskStep {
	/** In 1/1024 of a virtual CPU. Fargate supports only certain pairs of CPU and memory. */
	readonly cpu: number;
	readonly memoryMiB: number;
	/** Grants exactly what the command needs. */
	readonly grant: (role: Role, lakehouse: Lakehouse) => void;
}

/** What `--engine athena` needs beside the files that the step itself reads and writes: Athena acts with its rights. */
export function grantAthena(role: Role, { lake, catalog, engine }: Lakehouse): void {
	lake.grantWrite(role, '_scratch/');
	lake.grantLocate(role);
	catalog.grantScratch(role);
	engine.grantQuery(role);
}
