import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

let clone: string;
beforeEach(() => {
	clone = mkdtempSync(join(tmpdir(), 'shoplake-clone-'));
	for (const folder of ['bin', 'tasks', 'sql']) mkdirSync(join(clone, folder));
	cpSync('tasks/start.mjs', join(clone, 'tasks', 'start.mjs'));
	for (const file of ['package.json', 'package-lock.json']) writeFileSync(join(clone, file), '{}');
});
afterEach(() => rmSync(clone, { recursive: true }));

function program(name: string, script: string): void {
	writeFileSync(join(clone, 'bin', name), `#!/bin/sh\nPATH=/usr/bin:/bin\n${script}\n`);
	chmodSync(join(clone, 'bin', name), 0o755);
}

/** Runs the clone's start with nothing on the PATH but the programs made above. */
function start(...args: string[]) {
	const { status, stdout, stderr } = spawnSync(process.execPath, [join(clone, 'tasks', 'start.mjs'), ...args], {
		env: { PATH: join(clone, 'bin') },
		encoding: 'utf8',
	});
	return { status, stdout, stderr };
}

/** An npm that installs, and builds a program which prints what it is called with. */
const npm = `
echo "npm $1 $2" >&2
case "$1" in
ci) mkdir -p ${'$'}PWD/node_modules && echo {} > node_modules/.package-lock.json ;;
esac
mkdir -p dist && echo 'console.log(process.argv.slice(2).join(" ")); process.exit(7)' > dist/cli.js`;

test('without Python: one sentence and exit code 78, before any download', () => {
	program('npm', 'echo npm; exit 1');
	expect(start()).toEqual({
		status: 78,
		stdout: '',
		stderr:
			"The local AWS runs on Python, and there is no 'python3' on the PATH: install Python 3.10 or newer with its venv module (on Debian 'apt install python3 python3-venv'), then run 'npm start' again.\n",
	});
});

test('with an old Python: says which version it is', () => {
	program('python3', 'echo 3.9');
	expect(start()).toMatchObject({ status: 78, stderr: expect.stringContaining('python3 here is 3.9: install Python') });
});

test('if packages can’t be installed: exit code 75', () => {
	program('python3', 'echo 3.10');
	program('npm', 'exit 1');
	expect(start()).toMatchObject({
		status: 75,
		stderr: expect.stringContaining("check the network and npm's registry"),
	});
});

test('installs, builds and runs the demo, with its flags and its exit code', () => {
	program('python3', 'echo 3.12');
	program('npm', npm);
	expect(start('--real', '--records', '5')).toEqual({
		status: 7,
		stdout: 'local demo --real --records 5\n',
		stderr: 'Installing npm packages …\nnpm ci --no-audit\n',
	});
});

test('a second start installs and builds nothing; after a source change it builds', async () => {
	program('python3', 'echo 3.12');
	program('npm', npm);
	start();
	expect(start()).toMatchObject({ stderr: '' });
	writeFileSync(join(clone, 'tasks', 'new.ts'), '');
	expect(start()).toMatchObject({ stderr: 'npm run --silent\n' });
});

it('with --help says what it does, and does nothing', () => {
	expect(start('--help')).toMatchObject({
		status: 0,
		stdout: expect.stringContaining('--empty      only start'),
		stderr: '',
	});
});

it.each([[['--emtpy']], [['--records', '5', '--relly']], [['week']], [['--no-records']]])(
	'%j is refused with 64 before anything is installed',
	(args) => {
		expect(start(...args)).toMatchObject({
			status: 64,
			stderr: expect.stringMatching(/^Unknown argument: (--emtpy|--relly|week|--no-records)\n\nnpm start \[-- FLAGS\]/),
		});
	},
);

it('passes its flags on, with their values', () => {
	program('python3', 'echo 3.12');
	program('npm', npm);
	expect(start('--empty', '--port=4570', '--host', '127.0.0.1', '--no-real')).toMatchObject({
		status: 7,
		stdout: 'local demo --empty --port=4570 --host 127.0.0.1 --no-real\n',
	});
});
