import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pythonEnvironment } from '../../../tasks/local/python-environment';

let folder: string;
beforeEach(async () => {
	folder = await mkdtemp(join(tmpdir(), 'shoplake-python-'));
	await mkdir(join(folder, 'bin'));
});
afterEach(async () => {
	await rm(folder, { recursive: true });
});

/** A `python3` on the PATH that is the given script of a shell; it can make no environment but by that script. */
async function python(script: string): Promise<void> {
	const path = join(folder, 'bin', 'python3');
	await writeFile(path, `#!/bin/sh\nPATH=/usr/bin:/bin\n${script}\n`);
	await chmod(path, 0o755);
}

async function install(requirements = 'ministack==1\n', oldest?: readonly [number, number]): Promise<string> {
	await writeFile(join(folder, 'requirements.txt'), requirements);
	return pythonEnvironment({
		folder: join(folder, 'venv'),
		requirements: join(folder, 'requirements.txt'),
		purpose: 'The local AWS',
		env: { PATH: join(folder, 'bin') },
		...(oldest ? { oldest } : {}),
	});
}

/** Answers the question for the version, and makes an environment whose Python runs the given script. */
const making = (inner: string) => `
if [ "$1" = -c ]; then echo 3 11; exit; fi
mkdir -p "$3/bin"
printf '#!/bin/sh\\n${inner}\\n' > "$3/bin/python"
chmod +x "$3/bin/python"`;

test('without Python: says so, and how to install it', async () => {
	await expect(install()).rejects.toMatchObject({
		exitCode: 78,
		message:
			"The local AWS needs Python 3.10 or newer, and there is no working 'python3' on the PATH: install it (on Debian: 'apt install python3 python3-venv'), then retry.",
	});
});

test('with an old Python: says which version it is', async () => {
	await python('echo 3 9');
	await expect(install()).rejects.toMatchObject({
		exitCode: 78,
		message:
			'The local AWS needs Python 3.10 or newer, and python3 on the PATH is 3.9: put a newer version first on the PATH, then retry.',
	});
});

test('with a Python too old for the packages: says which version they need', async () => {
	await python('echo 3 10');
	await expect(install('apache-airflow==3\n', [3, 11])).rejects.toMatchObject({
		exitCode: 78,
		message: expect.stringMatching(/^The local AWS needs Python 3\.11 or newer, and python3 on the PATH is 3\.10:/),
	});
});

test('with a Python without its venv module: says how to install that', async () => {
	await python('if [ "$1" = -c ]; then echo 3 10; exit; fi; echo "ensurepip is not available"; exit 1');
	await expect(install()).rejects.toMatchObject({
		exitCode: 78,
		message:
			"The local AWS needs a Python virtual environment, and python3 can't create one: install its venv module (on Debian: 'apt install python3 python3-venv'), then retry. Python said: ensurepip is not available",
	});
});

test('after a broken download: says so, and a retry starts from scratch', async () => {
	await python(making('echo "no route to host" >&2; exit 1'));
	await expect(install()).rejects.toMatchObject({
		exitCode: 75,
		message:
			"The local AWS needs Python packages that can't be downloaded or installed: check the network (and pip's index and proxy), then retry. pip said: no route to host",
	});
	await python(making('exit 0'));
	expect(await install()).toBe(join(folder, 'venv', 'bin'));
});

test('installs packages once, until the pins change', async () => {
	const log = join(folder, 'log');
	await python(making(`echo "$@" >> ${log}`));
	await install('ministack==1\n');
	await install('ministack==1\n');
	await install('ministack==2\n');
	expect((await readFile(log, 'utf8')).split('\n').filter((line) => line.includes('install'))).toHaveLength(2);
});
