import { ConfigurationError } from '../platform/errors';
import * as definitions from './define';

/**
 * Loads the default export of a TypeScript file of a project. `shoplake` is this program, whatever is installed beside the
 * file. Throws ConfigurationError, with the file, where it can't be loaded.
 */
export async function loadModule(path: string, shownAs: string): Promise<unknown> {
	const { createJiti } = await import('jiti');
	const jiti = createJiti(path, { virtualModules: { shoplake: definitions }, fsCache: false, interopDefault: false });
	let loaded: { default?: unknown };
	try {
		loaded = (await jiti.import(path)) as typeof loaded;
	} catch (error) {
		throw new ConfigurationError(`${shownAs}: ${describeError(error, path)}`);
	}
	if (loaded.default === undefined) throw new ConfigurationError(`${shownAs}: it has no default export.`);
	return loaded.default;
}

/** The message of an error in one line, without the path of the file that it is about. */
function describeError(error: unknown, path: string): string {
	const { name, message } = error as Error;
	const [line = ''] = message.replaceAll(path, '').split('\n');
	return `${name === 'Error' ? '' : `${name}: `}${line.replace(/^[\s:]+/, '').trim()}`;
}
