import type { Role } from 'aws-cdk-lib/aws-iam';
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

/** A task of the `shoplake` command that runs on AWS: how large it is, and what it may do. */
export interface TaskStep {
	/** In 1/1024 of a virtual CPU. Fargate supports only certain pairs of CPU and memory. */
	readonly cpu: number;
	readonly memoryMiB: number;
	/** Grants exactly what the command needs. */
	readonly grant: (role: Role, lakehouse: Lakehouse) => void;
}
