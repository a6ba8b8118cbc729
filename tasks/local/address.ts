import { existsSync, readFileSync } from 'node:fs';
import { UsageError } from '../platform/errors';

/** Where the local AWS listens. */
export interface Address {
	readonly host: string;
	readonly port: number;
}

export const loopback = '127.0.0.1';
/** The interfaces of container networks on this machine: Docker's own, and those made by Docker or Podman. */
const ofContainers = /^(docker|br-|podman|cni)/;
/** Linux's routes: interface, destination and, in the eighth column, mask, the bytes of an address in reverse. */
const routesPath = '/proc/net/route';

export const formatEndpoint = ({ host, port }: Address): string => `http://${host}:${port}`;

/**
 * Throws UsageError where an address can be reached from elsewhere: the local AWS asks nobody for a password. Beside
 * the loopback it takes an address in a network of containers on this machine, such as 172.17.0.1, where a container
 * finds it as host.docker.internal.
 */
export function requireLocal(host: string, routes = linuxRoutes()): void {
	if (/^127(\.\d+){3}$/.test(host)) return;
	// An interface is not 'running' while it has no container, and Node lists none of those; it has its route.
	const networks = routes
		.split('\n')
		.map((line) => line.split(/\s+/))
		.filter(([name = '']) => ofContainers.test(name))
		.map(([name, destination = '', , , , , , mask = '']) => ({ name, ...parseNetwork(destination, mask) }));
	if (networks.some(({ address, mask }) => (toNumber(host) & mask) >>> 0 === address)) return;
	const found = networks.map(({ name, text }) => `${name} ${text}`).join(', ');
	throw new UsageError(
		`--host ${host}: the local AWS has no password, so it listens on the loopback (${loopback}) only, or on this machine's address in a network of containers. ${found ? `Here that is ${found}.` : 'Here is none: is the Docker engine running?'}`,
	);
}

const linuxRoutes = () => (existsSync(routesPath) ? readFileSync(routesPath, 'utf8') : '');

function parseNetwork(destination: string, mask: string) {
	const [address, maskNumber] = [destination, mask].map((hex) => Buffer.from(hex, 'hex').reverse().readUInt32BE());
	const bytes = Buffer.from(destination, 'hex').reverse();
	const bits = (maskNumber ?? 0).toString(2).replaceAll('0', '').length;
	return { address, mask: maskNumber ?? 0, text: `${[...bytes].join('.')}/${bits}` };
}

/** An IPv4 address as a number; what is none is that of no network. */
function toNumber(host: string): number {
	return /^\d+(\.\d+){3}$/.test(host) ? Buffer.from(host.split('.').map(Number)).readUInt32BE() : 0;
}
