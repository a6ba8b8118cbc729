import { existsSync, readFileSync } from 'node:fs';
import { UsageError } from '../platform/errors';

/** The address of the local AWS. */
export interface Address {
	readonly host: string;
	readonly port: number;
}

export const loopback = '127.0.0.1';
/** The interfaces of container networks on this machine, created by Docker or Podman. */
const containerInterface = /^(docker|br-|podman|cni)/;
/** Linux's routing table: interface, destination and, in the eighth column, mask; the bytes of an address are reversed. */
const routesPath = '/proc/net/route';

export const formatEndpoint = ({ host, port }: Address): string => `http://${host}:${port}`;

/**
 * Throws UsageError if an address can be reached from other machines, because the local AWS has no password. Allowed are
 * the loopback and an address in a container network of this machine, such as 172.17.0.1, which containers reach as
 * host.docker.internal.
 */
export function requireLocal(host: string, routes = linuxRoutes()): void {
	if (/^127(\.\d+){3}$/.test(host)) return;
	// While its network has no container, an interface is not 'running' and Node does not list it; its route exists.
	const networks = routes
		.split('\n')
		.map((line) => line.split(/\s+/))
		.filter(([name = '']) => containerInterface.test(name))
		.map(([name, destination = '', , , , , , mask = '']) => ({ name, ...parseNetwork(destination, mask) }));
	if (networks.some(({ address, mask }) => (toNumber(host) & mask) >>> 0 === address)) return;
	const found = networks.map(({ name, text }) => `${name} ${text}`).join(', ');
	throw new UsageError(
		`--host ${host}: the local AWS has no password, so it only listens on the loopback (${loopback}) or on this machine's address in a container network. ${found ? `This machine has ${found}.` : 'This machine has none: is the Docker engine running?'}`,
	);
}

const linuxRoutes = () => (existsSync(routesPath) ? readFileSync(routesPath, 'utf8') : '');

function parseNetwork(destination: string, mask: string) {
	const [address, maskNumber] = [destination, mask].map((hex) => Buffer.from(hex, 'hex').reverse().readUInt32BE());
	const bytes = Buffer.from(destination, 'hex').reverse();
	const bits = (maskNumber ?? 0).toString(2).replaceAll('0', '').length;
	return { address, mask: maskNumber ?? 0, text: `${[...bytes].join('.')}/${bits}` };
}

/** An IPv4 address as a number; 0 for any other text, which is in no network. */
function toNumber(host: string): number {
	return /^\d+(\.\d+){3}$/.test(host) ? Buffer.from(host.split('.').map(Number)).readUInt32BE() : 0;
}
