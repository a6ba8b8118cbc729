import { exitCodes } from './errors';

/** What the errors of one family mean for the person who runs the task. */
interface Family {
	readonly exitCode: number;
	/** How to fix it; undefined if AWS's own message says enough. */
	readonly hint?: string;
	/** The errors' names, as the SDK gives them, separated by spaces. */
	readonly names: string;
}

/**
 * Every error that shoplake's clients can return, grouped by how to fix it. The names come from the SDK's exported errors
 * (a test compares them) and from the services' pages on common errors:
 * https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
 */
const families = {
	/** The service can't keep up or has failed. The SDK has retried by then. */
	busy: {
		exitCode: exitCodes.tryAgain,
		hint: 'AWS is busy or has failed. Run it again later.',
		names: `ConcurrentRunsExceededException FederationSourceRetryableException InternalError InternalErrorException
			InternalFailure InternalFailureException InternalServerError InternalServerException InternalServiceException
			InternalServiceFault KMSThrottlingException KmsThrottled LimitExceeded LimitExceededException
			MLTransformNotReadyException OperationTimeout OperationTimeoutException OverLimit
			ProvisionedThroughputExceeded ProvisionedThroughputExceededException RequestLimitExceeded RequestThrottled
			RequestThrottledException ResourceNotReady ResourceNotReadyException ServiceUnavailable
			ServiceUnavailableException SessionBusyException SlowDown TemporaryRedirect ThrottledException Throttling
			ThrottlingError ThrottlingException TooManyRequestsException IDPCommunicationError
			ClientLimitExceededException RestoreAlreadyInProgress`,
	},
	/** Someone else has changed the same thing concurrently. */
	conflict: {
		exitCode: exitCodes.tryAgain,
		hint: 'Another run or another program changed it at the same time. Run it again.',
		names: `AlreadyExistsException BackupInUseException BucketAlreadyOwnedByYou
			ColumnStatisticsTaskNotRunningException ColumnStatisticsTaskRunningException
			ColumnStatisticsTaskStoppingException ConcurrentAccessException ConcurrentModificationException
			ConditionCheckFailureException ConditionalCheckFailed ConditionalCheckFailedException
			ConditionalRequestConflict ConflictException CrawlerNotRunningException CrawlerRunningException
			CrawlerStoppingException DuplicateItem DuplicateItemException ExpiredIteratorException
			ExpiredNextTokenException ExportConflictException FederatedResourceAlreadyExistsException
			GlobalTableAlreadyExistsException ImportConflictException IntegrationConflictOperationFault
			InvalidNextToken MaterializedViewRefreshTaskNotRunningException
			MaterializedViewRefreshTaskRunningException MaterializedViewRefreshTaskStoppingException
			MessageNotInflight NoSuchKey NoSuchUpload NoSuchVersion OperationAborted PreconditionFailed
			PurgeQueueInProgress QueueDeletedRecently QueueNameExists ReceiptHandleIsInvalid
			ReplicaAlreadyExistsException ReplicatedWriteConflictException ResourceConflict ResourceInUseException
			SchedulerNotRunningException SchedulerRunningException SchedulerTransitioningException
			SessionAlreadyExistsException StaleTagException TableAlreadyExistsException TableInUseException
			TransactionCanceledException TransactionConflict TransactionConflictException
			TransactionInProgressException TrimmedDataAccessException VersionMismatchException`,
	},
	/** Bytes were lost or changed on the way. */
	broken: {
		exitCode: exitCodes.tryAgain,
		hint: 'The connection broke or changed bytes. Run it again; if it keeps failing, check the network and the proxy.',
		names: `BadDigest IncompleteBody RequestTimeout RequestTimeoutException XAmzContentChecksumMismatch
			XAmzContentSHA256Mismatch`,
	},
	access: {
		exitCode: exitCodes.configuration,
		hint: 'Run it with the role that the stack created for it, or grant that permission.',
		names: `AccessDenied AccessDeniedException AccountProblem AllAccessDisabled AuthorizationError
			AuthorizationErrorException Forbidden NotSignedUp OptInRequired PermissionTypeMismatchException
			TagPolicyException UnauthorizedAccess UnauthorizedException UnauthorizedOperation VerificationException
			NotAuthorized`,
	},
	credentials: {
		exitCode: exitCodes.configuration,
		hint: 'Use credentials of this account: a role on AWS, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY elsewhere.',
		names: `AuthFailure CredentialsProviderError IncompleteSignature IncompleteSignatureException
			InvalidAccessKeyId InvalidClientTokenId InvalidIdentityToken InvalidSignatureException
			InvalidToken MissingAuthenticationToken MissingAuthenticationTokenException MissingSecurityHeader
			SignatureDoesNotMatch TokenProviderError UnrecognizedClientException`,
	},
	expired: {
		exitCode: exitCodes.configuration,
		hint: 'Get new credentials; a role renews them automatically.',
		names: 'ExpiredToken ExpiredTokenException TokenRefreshRequired',
	},
	clock: {
		exitCode: exitCodes.configuration,
		hint: 'Set the clock of this machine: AWS accepts a difference of five minutes.',
		names: 'RequestExpired RequestInTheFuture RequestTimeTooSkewed',
	},
	/** A key of KMS. S3 puts `KMS.` before some names. */
	key: {
		exitCode: exitCodes.configuration,
		hint: 'Enable the KMS key, or let the role of the task use it (kms:Decrypt and kms:GenerateDataKey).',
		names: `GlueEncryptionException InvalidKMSResourceException KMS.DisabledException KMS.InvalidKeyUsageException
			KMS.KMSInvalidStateException KMS.NotFoundException KMSAccessDeniedException KMSDisabledException
			KMSInvalidStateException KMSKeyNotAccessibleFault KMSNotFoundException KMSOptInRequired KmsAccessDenied
			KmsAccessDeniedException KmsDisabled KmsInvalidKeyUsage KmsInvalidState KmsKeyDisabledException
			KmsKeyNotFoundException KmsNotFound KmsOptInRequired`,
	},
	bucket: {
		exitCode: exitCodes.configuration,
		hint: "Set SHOPLAKE_BUCKET to the bucket that the stack deployed; on a laptop run 'shoplake local up'.",
		names: 'NoSuchBucket',
	},
	/** A table, stream, topic, queue, crawler or workgroup that does not exist. */
	missing: {
		exitCode: exitCodes.configuration,
		hint: "It is part of the stack: deploy the stack (on a laptop run 'shoplake local up'), or set its name.",
		names: `BackupNotFoundException DashboardNotFoundError EntityNotFoundException ExportNotFoundException
			GlobalTableNotFoundException ImportNotFoundException IndexNotFoundException IntegrationNotFoundFault
			MetadataException NoSuchAnnotation NonExistentQueue NotFound NotFoundException PolicyNotFoundException
			QueueDoesNotExist ReplicaNotFoundException ResourceNotFound ResourceNotFoundException
			TableNotFoundException TargetResourceNotFound`,
	},
	/** The region, the endpoint or the name of a bucket is wrong. */
	address: {
		exitCode: exitCodes.configuration,
		hint: 'Check AWS_REGION (the region of the bucket), AWS_ENDPOINT_URL and the names of buckets and queues.',
		names: `AuthorizationHeaderMalformed BucketAlreadyExists EndpointError IllegalLocationConstraintException
			InvalidAddress InvalidBucketName InvalidEndpointException InvalidLocationConstraint InvalidSecurity
			InvalidSecurityException NotImplemented PermanentRedirect Redirect UnknownOperationException`,
	},
	/** The resource exists, but its settings or its state don't allow this. */
	state: {
		exitCode: exitCodes.configuration,
		hint: 'Look at the resource in the console: it has to be enabled, restored or set up first.',
		names: `ContinuousBackupsUnavailableException EndpointDisabledException FederationSourceException
			IllegalBlueprintStateException IllegalSessionStateException IllegalWorkflowStateException
			InvalidIntegrationStateFault InvalidObjectState InvalidStateException ObjectNotInActiveTierError
			OptedOutException PlatformApplicationDisabledException PointInTimeRecoveryUnavailableException`,
	},
	/** A quota of the account. */
	quota: {
		exitCode: exitCodes.configuration,
		hint: 'The account allows no more of these. Delete some, or request a higher quota.',
		names: `AnnotationLimitExceeded FilterPolicyLimitExceededException IntegrationQuotaExceededFault
			LimitExceededFault ReplayLimitExceededException ResourceNumberLimitExceededException
			SubscriptionLimitExceededException TagLimitExceededException TooManyBuckets TopicLimitExceededException`,
	},
	/** The data don't fit the service. */
	data: {
		exitCode: exitCodes.dataRefused,
		names: `EntityTooLarge ItemCollectionSizeLimitExceeded ItemCollectionSizeLimitExceededException
			KeyTooLongError`,
	},
	/** The request itself is wrong. If it carries a wrong name, a setting is wrong (see `namesResource`). */
	request: {
		exitCode: exitCodes.internal,
		names: `AnnotationNameTooLong BatchEntryIdsNotDistinct BatchEntryIdsNotDistinctException BatchRequestTooLong
			BatchRequestTooLongException DashboardInvalidInputError DryRunOperationException EmptyBatchRequest
			EmptyBatchRequestException EncryptionTypeMismatch IdempotencyParameterMismatch
			IdempotentParameterMismatchException InvalidAnnotationName InvalidArgument InvalidArgumentException
			InvalidAttributeName InvalidAttributeValue InvalidBatchEntryId InvalidBatchEntryIdException
			InvalidExportTimeException InvalidFormatFault InvalidIdFormat InvalidInputException
			InvalidMessageContents InvalidParameterCombinationException InvalidParameterException
			InvalidParameterValueException InvalidPrefix InvalidRequest InvalidRequestException
			InvalidRestoreTimeException InvalidSourceException InvalidWriteOffset
			MissingRequiredParameterException NoScheduleException ObjectAlreadyInActiveTierError
			OperationNotSupportedException TooManyEntriesInBatchRequest TooManyEntriesInBatchRequestException
			TooManyParts UnsupportedMediaType UnsupportedOperation UserErrorException ValidationError
			ValidationException`,
	},
} satisfies Record<string, Family>;

/** A family of AWS errors. */
export type AwsFamily = keyof typeof families;

const familyByName = new Map<string, AwsFamily>(
	Object.entries(families).flatMap(([family, { names }]) =>
		names.split(/\s+/).map((name): [string, AwsFamily] => [name, family as AwsFamily]),
	),
);

/** By HTTP status, for responses without an error name, such as to HEAD or from a proxy. */
const familyByStatus: ReadonlyMap<number, AwsFamily> = new Map([
	[301, 'address'],
	[308, 'address'],
	[307, 'busy'],
	[401, 'access'],
	[403, 'access'],
	[404, 'missing'],
	[408, 'broken'],
	[409, 'conflict'],
	[412, 'conflict'],
	[429, 'busy'],
]);

/** Matches a request refused because of a resource's name: the name comes from a setting. */
const namesResource =
	/\b(table\/index|(table|stream|bucket|database|crawler|queue|topic|work ?group) ?(name|arn|url)|topic ?arn|work ?group|crawler)\b/i;

/** The family of an error by its name, message and HTTP status; undefined if it is not an error of AWS. */
export function awsFamily(name: string, message: string, status: number | undefined): AwsFamily | undefined {
	const named = familyByName.get(name) ?? familyByName.get(name.slice(name.lastIndexOf('.') + 1));
	if (named === 'request') return namesResource.test(message) ? 'missing' : named;
	if (named !== undefined) return named;
	if (status === undefined) return undefined;
	return status >= 500 ? 'busy' : familyByStatus.get(status);
}

/** The exit code of a family, and how to fix its errors. */
export const familyFacts = (family: AwsFamily): Omit<Family, 'names'> => families[family];
