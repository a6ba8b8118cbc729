// What `npm start` runs. Plain Node without packages, because it installs them.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const clone = dirname(dirname(fileURLToPath(import.meta.url)));
const exitCodes = { usage: 64, tryAgain: 75, configuration: 78, terminated: 143 };
/** The flags of `shoplake local demo`, and whether each takes a value; checked before anything is installed. */
const flags = {
	real: false,
	empty: false,
	records: true,
	port: true,
	host: true,
	json: false,
	'dry-run': false,
	verbose: false,
	'run-id': true,
};
const help = `npm start [-- FLAGS]

Runs the whole pipeline on this machine: installs what is missing, starts the local AWS, loads a week of orders.
Run it again and nothing changes: days that are already loaded are skipped.

  --empty      only start the local AWS; load no data
  --real       load real grocery baskets of 2017 instead of generated orders
  --records N  orders to generate per day (1000)
  --port N     port of the local AWS (4566)
  --host H     address of the local AWS (127.0.0.1)
  --dry-run    show what would be done, and change nothing

'npx --no-install shoplake local down' stops the local AWS, 'npx --no-install shoplake local reset --yes' deletes its data.`;

checkFlags(process.argv.slice(2));
requireNode(20, 11);
requirePython(3, 10);
installPackages();
build();
runDemo(process.argv.slice(2));

/** npm keeps flags before a lone -- for itself, so the flags that arrive here are for the demo. */
function checkFlags(args) {
	if (args.includes('--help') || args.includes('-h')) {
		process.stdout.write(`${help}\n`);
		process.exit(0);
	}
	for (let index = 0; index < args.length; index++) {
		const [, no, name, value] = /^--(no-)?([a-z-]+)(=.*)?$/s.exec(args[index]) ?? [];
		if (name === undefined || !(name in flags) || (no && flags[name])) {
			fail(exitCodes.usage, `Unknown argument: ${args[index]}\n\n${help}`);
		}
		if (flags[name] && value === undefined) index++;
	}
}

function requireNode(major, minor) {
	if (isAtLeast(process.versions.node, major, minor)) return;
	fail(
		exitCodes.configuration,
		`shoplake needs Node ${major}.${minor} or newer, and this is ${process.versions.node}: install a newer version (https://nodejs.org), then run 'npm start' again.`,
	);
}

function requirePython(major, minor) {
	const hint = `install Python ${major}.${minor} or newer with its venv module (on Debian 'apt install python3 python3-venv'), then run 'npm start' again.`;
	const print = 'import sys, venv, ensurepip; print("%d.%d" % sys.version_info[:2])';
	const { status, stdout, error } = spawnSync('python3', ['-c', print], { encoding: 'utf8' });
	if (error)
		fail(exitCodes.configuration, `The local AWS runs on Python, and there is no 'python3' on the PATH: ${hint}`);
	if (status !== 0)
		fail(exitCodes.configuration, `The local AWS runs on Python, and python3 here has no working venv module: ${hint}`);
	if (isAtLeast(stdout, major, minor)) return;
	fail(exitCodes.configuration, `The local AWS runs on Python, and python3 here is ${stdout.trim()}: ${hint}`);
}

/** npm writes this file at the end of an installation. */
function installPackages() {
	const installed = modifiedAt(join(clone, 'node_modules', '.package-lock.json'));
	if (installed >= modifiedAt(join(clone, 'package-lock.json'))) return;
	say('Installing npm packages …');
	const { status, signal } = npm(['ci', '--no-audit', '--no-fund', '--loglevel=error']);
	if (status === 0) return;
	// Ctrl-C reaches npm too.
	if (signal) fail(exitCodes.terminated, 'Stopped by a signal.');
	fail(
		exitCodes.tryAgain,
		"The npm packages can't be installed (npm says why above): check the network and npm's registry and proxy, then run 'npm start' again.",
	);
}

function build() {
	const sources = ['tasks', 'sql', 'package.json'].map((name) => newestIn(join(clone, name)));
	if (modifiedAt(join(clone, 'dist', 'cli.js')) >= Math.max(...sources)) return;
	const { status, signal } = npm(['run', '--silent', 'build']);
	if (status === 0) return;
	if (signal) fail(exitCodes.terminated, 'Stopped by a signal.');
	fail(
		exitCodes.configuration,
		"shoplake can't be built (esbuild says why above): fix tasks/, then run 'npm start' again.",
	);
}

/** Passes every signal on to the demo, and exits with its exit code. */
function runDemo(args) {
	const demo = spawn(process.execPath, [join(clone, 'dist', 'cli.js'), 'local', 'demo', ...args], { stdio: 'inherit' });
	// The terminal sends SIGINT to both.
	process.on('SIGINT', () => undefined);
	for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => demo.kill(signal));
	demo.on('exit', (code, signal) => process.exit(signal ? 143 : code));
}

function npm(args) {
	const own = process.env.npm_execpath;
	const [program, ...first] = own ? [process.execPath, own] : ['npm'];
	return spawnSync(program, [...first, ...args], { cwd: clone, stdio: ['ignore', 2, 2] });
}

/** Milliseconds since the epoch; 0 if there is no such file. */
function modifiedAt(path) {
	return existsSync(path) ? statSync(path).mtimeMs : 0;
}

/** When anything in a folder last changed: the content of a file, or the list of files. */
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
