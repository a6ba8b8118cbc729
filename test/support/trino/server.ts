import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort, type Server, startServer } from '../server';
import { TrinoClient } from './client';
import { newJava } from './java';
import { TrinoError } from './pages';
import { trinoProgram } from './program';

/** Athena's name of the Glue catalogue: views in Glue name it. */
const catalog = 'awsdatacatalog';
const icebergCatalog = 'iceberg';
const schema = 'ecommerce_analytics_db';
const readyMs = 300_000;
/** Those of Trino's own `jvm.config` that matter here, and as little memory as the tests need. */
const jvm = [
	'-Xmx1G',
	// Started, asked little and stopped: what the optimising compiler costs it never pays back.
	'-XX:TieredStopAtLevel=1',
	'-XX:+UseG1GC',
	'-XX:G1HeapRegionSize=32M',
	'-XX:ReservedCodeCacheSize=256M',
	'-Djdk.attach.allowAttachSelf=true',
	'-XX:+EnableDynamicAgentLoading',
	'--enable-native-access=ALL-UNNAMED',
];

/** A Trino that a test has started. */
export interface TrinoServer extends Server {
	readonly client: TrinoClient;
}

/**
 * Starts a Trino on free ports of the loopback, over the Glue and S3 of a local AWS, which has the database already: one
 * node that does all, or a coordinator and `workers` that do the work. Resolves when it has answered a query.
 */
export async function startTrino(aws: string, { workers = 0 } = {}): Promise<TrinoServer> {
	const port = await freePort();
	const discovery = `http://127.0.0.1:${port}`;
	const nodes = [startNode(aws, port, { discovery, coordinates: true, works: workers === 0 })];
	for (let worker = 0; worker < workers; worker++) {
		nodes.push(startNode(aws, await freePort(), { discovery, coordinates: false, works: true }));
	}
	const started = await Promise.allSettled(nodes);
	const stop = async () => {
		await Promise.all(started.map((node) => (node.status === 'fulfilled' ? node.value.stop() : undefined)));
	};
	const client = new TrinoClient(discovery, { catalog, schema });
	try {
		await Promise.all(nodes);
		await answering(client, workers + 1);
	} catch (error) {
		await stop();
		throw error;
	}
	return { endpoint: discovery, client, stop };
}

/** A node of a Trino. */
interface TrinoNode {
	/** Where the coordinator is. */
	readonly discovery: string;
	readonly coordinates: boolean;
	readonly works: boolean;
}

async function startNode(aws: string, port: number, node: TrinoNode): Promise<Server> {
	const [java, { lib, plugins }] = [await newJava(), await trinoProgram()];
	const folder = await mkdtemp(join(tmpdir(), 'shoplake-trino-'));
	const catalogs = join(folder, 'catalog');
	const config = join(folder, 'config.properties');
	await mkdir(catalogs);
	await writeFile(config, properties(serverConfig(port, node, plugins, catalogs)));
	await writeFile(join(catalogs, `${catalog}.properties`), properties(hiveConfig(aws)));
	await writeFile(join(catalogs, `${icebergCatalog}.properties`), properties(icebergConfig(aws)));
	const server = await startServer({
		program: java,
		flags: [...jvm, `-Dconfig=${config}`, '-cp', join(lib, '*'), 'io.trino.server.TrinoServer'],
		port,
		health: '/v1/info',
		startMs: readyMs,
		folder,
	});
	const stop = async () => {
		await server.stop();
		await rm(folder, { recursive: true, force: true });
	};
	return { endpoint: server.endpoint, stop };
}

/** It answers HTTP, and says that it has started, some seconds before it takes a query and knows all nodes. */
async function answering(client: TrinoClient, nodes: number): Promise<void> {
	for (const deadline = Date.now() + readyMs; ; await sleep(200)) {
		try {
			await client.rows('show tables');
			const [[active] = []] = await client.rows("select count(*) from system.runtime.nodes where state = 'active'");
			if (Number(active) === nodes) return;
			if (Date.now() > deadline) throw new Error(`Trino knows ${active} of its ${nodes} nodes.`);
		} catch (error) {
			if (error instanceof TrinoError && error.kind === 'USER_ERROR') throw error;
			if (Date.now() > deadline) throw error;
		}
	}
}

const serverConfig = (port: number, node: TrinoNode, plugins: string, catalogs: string) => ({
	coordinator: String(node.coordinates),
	// Trino refuses to start with a setting that it does not use.
	...(node.coordinates ? { 'node-scheduler.include-coordinator': String(node.works) } : {}),
	'node.environment': 'test',
	'node.bind-ip': '127.0.0.1',
	'node.internal-address': '127.0.0.1',
	'http-server.http.port': String(port),
	'discovery.uri': node.discovery,
	'plugin.dir': plugins,
	'catalog.config-dir': catalogs,
	'query.max-memory-per-node': '300MB',
});

const storage = (aws: string) => ({
	'hive.metastore.glue.endpoint-url': aws,
	'hive.metastore.glue.region': 'us-east-1',
	'hive.metastore.glue.aws-access-key': 'test',
	'hive.metastore.glue.aws-secret-key': 'test',
	'hive.metastore.glue.default-warehouse-dir': 's3://warehouse/',
	'fs.native-s3.enabled': 'true',
	's3.endpoint': aws,
	's3.region': 'us-east-1',
	's3.aws-access-key': 'test',
	's3.aws-secret-key': 'test',
	's3.path-style-access': 'true',
});

/** As Athena reads: folders below a partition's too, projected partitions, and Iceberg tables under the same name. */
const hiveConfig = (aws: string) => ({
	'connector.name': 'hive',
	'hive.metastore': 'glue',
	'hive.recursive-directories': 'true',
	'hive.partition-projection-enabled': 'true',
	'hive.iceberg-catalog-name': icebergCatalog,
	...storage(aws),
});

const icebergConfig = (aws: string) => ({
	'connector.name': 'iceberg',
	'iceberg.catalog.type': 'glue',
	'iceberg.hive-catalog-name': catalog,
	...storage(aws),
});

const properties = (settings: Readonly<Record<string, string>>): string =>
	Object.entries(settings)
		.map(([name, value]) => `${name}=${value}\n`)
		.join('');
