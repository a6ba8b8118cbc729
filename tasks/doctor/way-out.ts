import { ShoplakeError } from '../shared/errors';
import { isUnanswered } from '../shared/failure';

const onALaptop = "on a laptop by 'shoplake local up'";

/** What an error of AWS or of the system means to whoever has to mend it, by the error's name. */
const meanings: readonly [RegExp, string][] = [
	[/^NoSuchBucket$/, `Set SHOPLAKE_BUCKET to the bucket that the stack deployed, ${onALaptop}.`],
	[/^(EntityNotFoundException|ResourceNotFoundException)$/, `It comes with the stack: deploy it, ${onALaptop}.`],
	[
		/^(AccessDenied|AccessDeniedException|UnauthorizedException)$/,
		'Run it by the role that the stack made for it, or grant that right.',
	],
	[
		/^(CredentialsProviderError|InvalidAccessKeyId|SignatureDoesNotMatch|UnrecognizedClientException|InvalidClientTokenId)$/,
		'Give credentials of this account: a role on AWS, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY elsewhere.',
	],
	[/^(ExpiredToken|ExpiredTokenException)$/, 'Get new credentials; a role renews them by itself.'],
	[/^RequestTimeTooSkewed$/, 'Set the clock of this machine: AWS accepts five minutes.'],
	[/^PermanentRedirect$/, 'Set AWS_REGION to the region of the bucket.'],
];

/** What went wrong and what to do about it, in one line. */
export function wayOut(error: unknown): string {
	const { name = 'Error', message = '', code } = error as { name?: string; message?: string; code?: string };
	if (error instanceof ShoplakeError) return message;
	if (isUnanswered(error)) {
		const endpoint = process.env.AWS_ENDPOINT_URL;
		return endpoint
			? `Nothing answers at ${endpoint} (${code ?? name}). Is the local AWS up ('shoplake local status')? From a container, 127.0.0.1 is the container itself.`
			: `AWS does not answer (${code ?? name}). Check the network: security group, endpoints, proxy, AWS_REGION.`;
	}
	if (/Region is missing/.test(message)) return 'No region is known. Set AWS_REGION.';
	const [, way] = meanings.find(([pattern]) => pattern.test(name)) ?? [];
	return [`${name}: ${message.replaceAll(/\s+/g, ' ').replace(/\.?$/, '.')}`, way].filter(Boolean).join(' ');
}
