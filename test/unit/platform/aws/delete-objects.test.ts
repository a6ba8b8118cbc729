import type { DeleteObjectsCommand, S3Client } from '@aws-sdk/client-s3';
import { S3Store } from '../../../../tasks/lake/s3-store';
import { explain, failureExitCode } from '../../../../tasks/platform/failure';

type Answer = { readonly Key: string; readonly Code: string; readonly Message: string }[];

/** A bucket that answers for each request which keys it could not delete, and the keys it was asked for. */
function storeOver(answers: (keys: string[], request: number) => Answer) {
	const asked: string[][] = [];
	const s3 = {
		send: async ({ input }: DeleteObjectsCommand) => {
			const keys = (input.Delete?.Objects ?? []).map(({ Key = '' }) => Key);
			asked.push(keys);
			return { Errors: answers(keys, asked.length) };
		},
	} as unknown as S3Client;
	return { store: new S3Store(s3, 'lake', () => 0), asked };
}
const failed = (Key: string, Code: string) => ({ Key, Code, Message: 'no' });

test('keys that S3 leaves for now are deleted again, and only those', async () => {
	const { store, asked } = storeOver((keys, request) =>
		request < 3 ? keys.filter((key) => key !== 'a').map((key) => failed(key, 'SlowDown')) : [],
	);
	await store.delete(['a', 'b', 'c']);
	expect(asked).toEqual([
		['a', 'b', 'c'],
		['b', 'c'],
		['b', 'c'],
	]);
});

test('a key that S3 keeps leaving is given up by name after six tries (exit code 75)', async () => {
	const { store, asked } = storeOver((keys) => keys.map((key) => failed(key, 'InternalError')));
	const error = await store.delete(['a']).catch((error: unknown) => error);
	expect(failureExitCode(error)).toBe(75);
	expect(explain(error)).toContain('could not delete s3://lake/a: no');
	expect(asked).toHaveLength(6);
});

test('a key that may not be deleted is told at once (exit code 78)', async () => {
	const { store, asked } = storeOver((keys) => keys.map((key) => failed(key, 'AccessDenied')));
	expect(failureExitCode(await store.delete(['a']).catch((error: unknown) => error))).toBe(78);
	expect(asked).toHaveLength(1);
});
