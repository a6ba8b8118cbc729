/**
 * The version of the files of each try of a transaction. The files of a try that lost the race stay: each try has names of
 * its own.
 */
export function countAttempts(attempt: string): () => string {
	let tries = 0;
	return () => (tries++ === 0 ? attempt : `${attempt}-${tries - 1}`);
}
