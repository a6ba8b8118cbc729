import * as athena from '@aws-sdk/client-athena';
import * as cloudwatch from '@aws-sdk/client-cloudwatch';
import * as dynamodb from '@aws-sdk/client-dynamodb';
import * as dynamodbStreams from '@aws-sdk/client-dynamodb-streams';
import * as firehose from '@aws-sdk/client-firehose';
import * as glue from '@aws-sdk/client-glue';
import * as kinesis from '@aws-sdk/client-kinesis';
import * as s3 from '@aws-sdk/client-s3';
import * as sns from '@aws-sdk/client-sns';
import * as sqs from '@aws-sdk/client-sqs';
import { awsFamily } from '../../../tasks/platform/aws-errors';
import { DataRefusedError, TryAgainError } from '../../../tasks/platform/errors';
import { explain, failureExitCode, noteRequest } from '../../../tasks/platform/failure';

const clients = { athena, cloudwatch, dynamodb, dynamodbStreams, firehose, glue, kinesis, s3, sns, sqs };

interface Thrown {
	readonly message?: string;
	readonly code?: string;
	readonly status?: number;
	readonly hostname?: string;
}
/** An error as the SDK, Node or DuckDB throws it. */
const thrown = (name: string, { message = 'So it is.', code, status, hostname }: Thrown = {}) =>
	Object.assign(new Error(message), { name, code, hostname, $metadata: { httpStatusCode: status } });

describe('every error that the SDK exports', () => {
	type ErrorClass = new (given: object) => Error;
	const isError = (value: unknown): value is ErrorClass =>
		typeof value === 'function' && value.prototype instanceof Error;

	it.each(Object.entries(clients))('of %s is in the table', (_, client) => {
		const names = Object.values(client)
			.filter(isError)
			.map((Class) => new Class({ message: '', $metadata: {} }).name)
			.filter((name) => name !== undefined);
		expect(names.length).toBeGreaterThan(4);
		expect(names.filter((name) => awsFamily(name, '', undefined) === undefined)).toEqual([]);
	});
});

describe('the exit code', () => {
	const plain = (name: string): [string, Thrown] => [name, {}];
	const onlyStatus = (status: number): [string, Thrown] => ['Unknown', { message: 'UnknownError', status }];
	const another: [string, Thrown][] = [
		...'ConditionalRequestConflict OperationAborted OperationTimeout ResourceNotReady LimitExceeded SlowDown'
			.split(' ')
			.map(plain),
		...'ReplicatedWriteConflictException ConcurrentModificationException TransactionConflictException RequestTimeout'
			.split(' ')
			.map(plain),
		...'TransactionInProgressException LimitExceededException ThrottlingException TimeoutError BadDigest'
			.split(' ')
			.map(plain),
		['Error', { message: 'IO Error: Could not write file "/scratch/x": No space left on device' }],
		[
			'Error',
			{
				message:
					"Out of Memory Error: failed to offload data block of size 256.0 KiB (1.0 MiB/1.0 MiB used).\nThis limit was set by the 'max_temp_directory_size' setting.",
			},
		],
		['Error', { message: 'ENOSPC: no space left on device, write', code: 'ENOSPC' }],
		['Error', { message: 'EDQUOT: disk quota exceeded', code: 'EDQUOT' }],
		['Error', { message: 'Checksum mismatch: expected "AAAAAA==" but received "/gcRcQ=="' }],
		['Error', { message: 'aborted', code: 'ECONNRESET' }],
		['Error', { message: 'Connection lost or stream closed before all data was received.' }],
		['Error', { message: 'Premature close', code: 'ERR_STREAM_PREMATURE_CLOSE' }],
		['Error', { message: 'getaddrinfo ENOTFOUND ministack', code: 'ENOTFOUND', hostname: 'ministack' }],
		['Error', { message: 'connect EHOSTUNREACH 10.0.0.1:443', code: 'EHOSTUNREACH' }],
		['Error', { message: 'Parse Error: Expected HTTP/', code: 'HPE_INVALID_CONSTANT' }],
		['SyntaxError', { message: 'Unexpected token <\n  Deserialization error: to see the raw response', status: 200 }],
		['Odd', { status: 503 }],
		onlyStatus(409),
		onlyStatus(412),
		onlyStatus(429),
		onlyStatus(500),
	];
	const setUp: [string, Thrown][] = [
		...'SignatureDoesNotMatch InvalidToken PermanentRedirect AuthorizationHeaderMalformed RequestTimeTooSkewed'
			.split(' ')
			.map(plain),
		...'ExpiredToken InvalidBucketName NoSuchBucket ResourceNotFoundException EntityNotFoundException NotFoundException'
			.split(' ')
			.map(plain),
		...'KMS.DisabledException KMSDisabledException KmsNotFound EndpointError AWS.SimpleQueueService.NonExistentQueue'
			.split(' ')
			.map(plain),
		['ValidationException', { message: "Value 'a b' at 'tableName' failed to satisfy constraint", status: 400 }],
		['InvalidParameterException', { message: 'Invalid parameter: TopicArn Reason: no ARN', status: 400 }],
		['InvalidRequestException', { message: 'WorkGroup nowhere is not found.', status: 400 }],
		['TypeError', { message: 'Invalid URL', code: 'ERR_INVALID_URL' }],
		['Error', { message: 'Region not accepted: region="us east 1" is not a valid hostname component.' }],
		['Error', { message: 'Region is missing' }],
		['Error', { message: 'getaddrinfo ENOTFOUND s3.eu-nowhere-9.amazonaws.com', code: 'ENOTFOUND' }],
		['Error', { message: 'No value provided for input HTTP label: Bucket.' }],
		['Error', { message: 'self-signed certificate', code: 'DEPTH_ZERO_SELF_SIGNED_CERT' }],
		['Error', { message: 'wrong version number', code: 'EPROTO' }],
		['Error', { message: "EACCES: permission denied, open '/scratch/x'", code: 'EACCES' }],
		['Error', { message: 'IO Error: Cannot open file "/scratch/x": Permission denied' }],
		['Error', { message: 'EMFILE: too many open files', code: 'EMFILE' }],
		['Error', { message: 'Out of Memory Error: could not allocate block of size 256.0 KiB' }],
		onlyStatus(301),
		onlyStatus(403),
		onlyStatus(404),
	];

	it.each(another)('is 75 if a retry may succeed: %s %j', (name, given) => {
		expect(failureExitCode(thrown(name, given))).toBe(75);
	});
	it.each(setUp)('is 78 if settings or permissions are wrong: %s %j', (name, given) => {
		expect(failureExitCode(thrown(name, given))).toBe(78);
	});
	it.each([['ItemCollectionSizeLimitExceededException'], ['KeyTooLongError'], ['EntityTooLarge']])(
		'is 65 where the data don’t fit: %s',
		(name) => {
			expect(failureExitCode(thrown(name))).toBe(65);
		},
	);
	it('is 65 if a value is longer than a text can be', () => {
		const message = 'Cannot create a string longer than 0x1fffffe8 characters';
		const error = thrown('Error', { message, code: 'ERR_STRING_TOO_LONG' });
		expect(failureExitCode(error)).toBe(65);
		expect(explain(error)).toContain('longer than 512 MiB');
	});
	it.each<[string, unknown]>([
		['a TypeError', new TypeError("Cannot read properties of undefined (reading 'x')")],
		['a refused request', thrown('ValidationException', { message: 'One or more values were invalid', status: 400 })],
		['a string', 'thrown'],
		['nothing', undefined],
	])('is 70 where the fault is our own: %s', (_, error) => {
		expect(failureExitCode(error)).toBe(70);
	});

	it('of our own error is its own, whatever its cause', () => {
		expect(failureExitCode(new DataRefusedError('No.', { cause: thrown('SlowDown') }))).toBe(65);
	});

	it('comes from the cause of an unknown error', () => {
		expect(failureExitCode(new Error('reading failed', { cause: thrown('SlowDown') }))).toBe(75);
	});

	it('is 75 if a container with a role has no credentials for now', () => {
		const error = thrown('CredentialsProviderError', { message: 'Could not load credentials from any providers' });
		expect(failureExitCode(error)).toBe(78);
		process.env.AWS_CONTAINER_CREDENTIALS_RELATIVE_URI = '/v2/credentials';
		try {
			expect(failureExitCode(error)).toBe(75);
		} finally {
			delete process.env.AWS_CONTAINER_CREDENTIALS_RELATIVE_URI;
		}
	});
});

describe('the message', () => {
	it('names the request that was refused, and how to fix it', () => {
		const error = thrown('AccessDenied', { message: 'Access Denied', status: 403 });
		noteRequest(error, 'S3 PutObject s3://lake/key');
		expect(explain(error)).toBe(
			'AccessDenied: Access Denied (S3 PutObject s3://lake/key). Run it with the role that the stack created for it, or grant that permission.',
		);
	});

	it('names the HTTP status of an empty answer', () => {
		const error = thrown('Unknown', { message: 'UnknownError', status: 403 });
		expect(explain(error)).toMatch(/^HTTP 403\. Run it with the role/);
	});

	it('names an invalid URL', () => {
		const error = Object.assign(new TypeError('Invalid URL'), { code: 'ERR_INVALID_URL', input: 'localhost' });
		expect(explain(error)).toMatch(/^TypeError: Invalid URL \('localhost'\)\. Correct AWS_ENDPOINT_URL/);
	});

	it('is one line', () => {
		expect(explain(thrown('Strange', { message: 'Something\n  else' }))).toBe('Strange: Something else.');
	});

	it('of our own error stays as it is', () => {
		expect(explain(new TryAgainError('Come back later.'))).toBe('Come back later.');
	});
});
