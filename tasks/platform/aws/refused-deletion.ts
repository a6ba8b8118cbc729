import type { _Error as KeyError } from '@aws-sdk/client-s3';

/** Why S3 did not delete one of many objects, as an error of the class that its code names. */
export function refusedDeletion(bucket: string, { Key, Code = 'Unknown', Message = '' }: KeyError): Error {
	return Object.assign(new Error(`could not delete s3://${bucket}/${Key}: ${Message}`), { name: Code });
}
