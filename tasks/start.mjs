// What `npm start` runs. Plain Node without packages, since it is what brings them.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const clone = dirname(dirname(fileURLToPath(import.meta.url)));
const exitCodes = { tryAgain: 75, configuration: 78 };

requireNode(20, 11);
requirePython(3, 10);
installPackages();
build();
runDemo(process.argv.slice(2));

function requireNode(major, minor) {
	if (isAtLeast(process.versions.node, major, minor)) return;
	fail(
		exitCodes.configuration,
		`shoplake needs Node ${major}.${minor} or newer, and this is ${process.versions.node}: install a newer one (https://nodejs.org), then run 'npm start' again.`,
	);
}

function requirePython(major, minor) {
	const wayOut = `install Python ${major}.${minor} or newer with its venv module (on Debian 'apt install python3 python3-venv'), then run 'npm start' again.`;
	const print = 'import sys, venv, ensurepip; print("%d.%d" % sys.version_info[:2])';
	const { status, stdout, error } = spawnSync('python3', ['-c', print], { encoding: 'utf8' });
	if (error)
		fail(exitCodes.configuration, `The local AWS runs on Python, and there is no 'python3' on the PATH: ${wayOut}`);
	if (status !== 0)
		fail(
			exitCodes.configuration,
			`The local AWS runs on Python, and python3 here has no working venv module: ${wayOut}`,
		);
	if (isAtLeast(stdout, major, minor)) return;
	fail(exitCodes.configuration, `The local AWS runs on Python, and python3 here is ${stdout.trim()}: ${wayOut}`);
}

/** npm notes in this file what it has installed, as the last thing it does. */
function installPackages() {
	const installed = modifiedAt(join(clone, 'node_modules', '.package-lock.json'));
	if (installed >= modifiedAt(join(clone, 'package-lock.json'))) return;
	say('Installing npm packages …');
	const { status } = npm(['ci', '--no-audit', '--no-fund', '--loglevel=error']);
	if (status === 0) return;
	fail(
		exitCodes.tryAgain,
		"The npm packages can't be installed (npm says why above): check the network and npm's registry and proxy, then run 'npm start' again.",
	);
}

function build() {
	const sources = ['tasks', 'sql', 'package.json'].map((name) => newestIn(join(clone, name)));
	if (modifiedAt(join(clone, 'dist', 'cli.js')) >= Math.max(...sources)) return;
	if (npm(['run', '--silent', 'build']).status === 0) return;
	fail(
		exitCodes.configuration,
		"shoplake can't be built (esbuild says why above): mend tasks/, then run 'npm start' again.",
	);
}

/** The demonstration ends with this process, on whatever signal, and this one with its exit code. */
function runDemo(args) {
	const demo = spawn(process.execPath, [join(clone, 'dist', 'cli.js'), 'local', 'demo', ...args], { stdio: 'inherit' });
	// The terminal sends this one to both.
	process.on('SIGINT', () => undefined);
	process.on('SIGTERM', () => demo.kill('SIGTERM'));
	demo.on('exit', (code, signal) => process.exit(signal ? 143 : code));
}

function npm(args) {
	const own = process.env.npm_execpath;
	const [program, ...first] = own ? [process.execPath, own] : ['npm'];
	return spawnSync(program, [...first, ...args], { cwd: clone, stdio: ['ignore', 2, 2] });
}

/** Milliseconds; 0 where there is nothing. */
function modifiedAt(path) {
	return existsSync(path) ? statSync(path).mtimeMs : 0;
}

/** When anything in a folder last changed: a file's content, or which files there are. */
function newestIn(path) {
	const below = statSync(path).isDirectory() ? readdirSync(path).map((name) => newestIn(join(path, name))) : [];
	return Math.max(modifiedAt(path), ...below);
}

function isAtLeast(version, major, minor) {
	const [actualMajor, actualMinor] = version.trim().split('.').map(Number);
	return actualMajor > major || (actualMajor === major && actualMinor >= minor);
}

function say(message) {
	process.stderr.write(`${message}\n`);
}

function fail(exitCode, message) {
	say(message);
	process.exit(exitCode);
}
