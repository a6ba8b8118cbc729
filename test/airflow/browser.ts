import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { inflateSync } from 'node:zlib';

const run = promisify(execFile);
const manyMegabytes = { maxBuffer: 64 * 1024 ** 2 };
/** How long a page may load and render, on the browser's own clock. */
const pageMs = 20_000;
const flags = [
	...['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-sync'],
	...['--disable-background-networking', '--disable-component-update', '--window-size=2000,1000', '--hide-scrollbars'],
];

/** A page as a browser renders it. */
export interface Page {
	/** Its HTML after all scripts have run. */
	readonly dom: string;
	/** PNG, 2000 by 1000. */
	readonly screenshot: Buffer;
}

/** Opens a page in Chromium (installed if missing), logged in by a cookie. */
export async function openPage(address: string, path: string, cookie: string): Promise<Page> {
	const chromium = await findChromium();
	const folder = await mkdtemp(join(tmpdir(), 'shoplake-browser-'));
	// Cookies belong to a host, whatever the port: so this redirect can set one for the site.
	const redirect = createServer((_, answer) => {
		answer.writeHead(302, { 'set-cookie': `${cookie}; Path=/`, location: `${address}${path}` }).end();
	});
	await new Promise<void>((listening) => redirect.listen(0, '127.0.0.1', listening));
	try {
		const url = `http://127.0.0.1:${(redirect.address() as AddressInfo).port}/`;
		const all = [...flags, `--user-data-dir=${folder}`, `--virtual-time-budget=${pageMs}`];
		const file = join(folder, 'screenshot.png');
		const { stdout: dom } = await run(chromium, [...all, '--dump-dom', url], manyMegabytes);
		await run(chromium, [...all, `--screenshot=${file}`, url], manyMegabytes);
		return { dom, screenshot: await readFile(file) };
	} finally {
		redirect.close();
		await rm(folder, { recursive: true, force: true });
	}
}

/** Counts the pixels of a PNG (8 bits a channel, not interlaced) between two columns that match a predicate. */
export function countPixels(
	png: Buffer,
	[from, to]: readonly [number, number],
	matches: (red: number, green: number, blue: number) => boolean,
): number {
	const [width, height] = [png.readUInt32BE(16), png.readUInt32BE(20)];
	const channels = png[25] === 6 ? 4 : 3;
	const parts: Buffer[] = [];
	for (let at = 8; at < png.length; at += png.readUInt32BE(at) + 12) {
		if (png.toString('latin1', at + 4, at + 8) === 'IDAT')
			parts.push(png.subarray(at + 8, at + 8 + png.readUInt32BE(at)));
	}
	const raw = inflateSync(Buffer.concat(parts));
	const stride = width * channels;
	let above = Buffer.alloc(stride);
	let count = 0;
	for (let row = 0; row < height; row++) {
		const start = row * (stride + 1);
		const line = unfilter(raw[start] ?? 0, raw.subarray(start + 1, start + 1 + stride), above, channels);
		for (let x = from * channels; x < Math.min(to * channels, stride); x += channels) {
			if (matches(line[x] ?? 0, line[x + 1] ?? 0, line[x + 2] ?? 0)) count++;
		}
		above = line;
	}
	return count;
}

/** Decodes a line of a PNG: each byte is stored as its difference from a prediction (https://www.w3.org/TR/png/#9Filters). */
function unfilter(filter: number, stored: Buffer, above: Buffer, channels: number): Buffer<ArrayBuffer> {
	const line = Buffer.alloc(stored.length);
	for (let x = 0; x < stored.length; x++) {
		const left = line[x - channels] ?? 0;
		const up = above[x] ?? 0;
		const corner = x < channels ? 0 : (above[x - channels] ?? 0);
		const prediction = [0, left, up, (left + up) >> 1, paeth(left, up, corner)][filter] ?? 0;
		line[x] = (stored[x] ?? 0) + prediction;
	}
	return line;
}

function paeth(left: number, up: number, corner: number): number {
	const estimate = left + up - corner;
	const distances = [left, up, corner].map((value) => Math.abs(estimate - value));
	return [left, up, corner][distances.indexOf(Math.min(...distances))] ?? 0;
}

async function findChromium(): Promise<string> {
	for (const name of ['chromium', 'chromium-browser', 'google-chrome']) {
		const found = await run('which', [name]).catch(() => undefined);
		if (found) return name;
	}
	const sudo = process.getuid?.() === 0 ? [] : ['sudo'];
	const [program = '', ...args] = [...sudo, 'apt-get', 'install', '-y', '-qq', '--no-install-recommends', 'chromium'];
	await run(program, args, { ...manyMegabytes, env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } });
	return 'chromium';
}
