import { formatEndpoint, requireLocal } from '../../../tasks/local/address';

/** As Linux has them with Docker running and no container: the interface of its network is down, its route is there. */
const routes = [
	'Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT',
	'eth0\t00000000\t0102000A\t0003\t0\t0\t0\t00000000\t0\t0\t0',
	'eth0\t0002000A\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0',
	'docker0\t000011AC\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0',
	'br-5f1e\t000012AC\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0',
	'',
].join('\n');

test.each(['127.0.0.1', '127.8.8.8', '172.17.0.1', '172.18.255.254'])('%s is an address of this machine', (host) => {
	expect(() => requireLocal(host, routes)).not.toThrow();
});

test.each(['0.0.0.0', '10.0.2.15', '172.19.0.1', '::', 'localhost', ''])(
	'refuses %j, which other machines can reach',
	(host) => {
		expect(() => requireLocal(host, routes)).toThrow(
			`--host ${host}: the local AWS has no password, so it only listens on the loopback (127.0.0.1) or on this machine's address in a container network. This machine has docker0 172.17.0.0/16, br-5f1e 172.18.0.0/16.`,
		);
	},
);

test('without a Docker engine there is no container network', () => {
	const none = routes.split('\n').slice(0, 3).join('\n');
	expect(() => requireLocal('172.17.0.1', none)).toThrow('This machine has none: is the Docker engine running?');
	expect(() => requireLocal('172.17.0.1', '')).toThrow('This machine has none: is the Docker engine running?');
});

test('an endpoint is an address as a URL', () => {
	expect(formatEndpoint({ host: '172.17.0.1', port: 4566 })).toBe('http://172.17.0.1:4566');
});
