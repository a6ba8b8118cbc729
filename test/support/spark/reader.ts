import { join } from 'node:path';
import { withLock } from '../../../tasks/local/lock';
import type { IcebergReader } from '../iceberg-reader';
import { copyArtifact } from '../maven';

const iceberg = '1.10.1';
const artifacts = [`iceberg-spark-runtime-4.0_2.13`, 'iceberg-aws-bundle'] as const;
const folder = join(process.cwd(), '.shoplake');
const jars = join(folder, `spark-iceberg-${iceberg}`);

/** Spark with Iceberg's jars, which Maven fetches (110 MB). Spark itself is installed from PyPI (0.5 GB). Needs Java 17 or newer. */
export async function sparkReader(): Promise<IcebergReader> {
	await withLock({ folder, lock: join(folder, 'spark-jars.lock') }, async () => {
		for (const name of artifacts) await copyArtifact(`org.apache.iceberg:${name}:${iceberg}`, jars);
	});
	const paths = artifacts.map((name) => join(jars, `${name}-${iceberg}.jar`));
	return { name: 'spark', title: 'Spark', env: { SPARK_JARS: paths.join(',') } };
}
