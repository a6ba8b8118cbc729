/** The variables that are set. A blank one counts as unset: files for containers pass on what is not set as an empty value. */
export const readVariables = (env: NodeJS.ProcessEnv): Readonly<Record<string, string | undefined>> =>
	Object.fromEntries(Object.entries(env).filter(([, value]) => value?.trim()));
