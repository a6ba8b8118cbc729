import { exitCodes } from './errors';

/** What the errors of one family have in common for the person who runs the task. */
interface Family {
	readonly exitCode: number;
	/** How to fix it; undefined where the message of AWS says enough. */
	readonly hint?: string;
	/** The errors' names, as the SDK gives them, separated by spaces. */
	readonly names: string;
}

/**
 * Every error that the clients of shoplake can answer with, by what helps. The names come from the SDK's exported
 * errors (a test compares them) and from the services' pages on common errors:
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
	/** Someone else has changed the same thing meanwhile. */
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
		hint: 'The connection broke off or changed bytes. Run it again; if it goes on, check the network and the proxy.',
		names: `BadDigest IncompleteBody RequestTimeout RequestTimeoutException XAmzContentChecksumMismatch
			XAmzContentSHA256Mismatch`,
	},
	access: {
		exitCode: exitCodes.configuration,
		hint: 'Run it by the role that the stack made for it, or grant that right.',
		names: `AccessDenied AccessDeniedException AccountProblem AllAccessDisabled AuthorizationError
			AuthorizationErrorException Forbidden NotSignedUp OptInRequired PermissionTypeMismatchException
			TagPolicyException UnauthorizedAccess UnauthorizedException UnauthorizedOperation VerificationException
			NotAuthorized`,
	},
	credentials: {
		exitCode: exitCodes.configuration,
		hint: 'Give credentials of this account: a role on AWS, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY elsewhere.',
		names: `AuthFailure CredentialsProviderError IncompleteSignature IncompleteSignatureException
			InvalidAccessKeyId InvalidClientTokenId InvalidIdentityToken InvalidSignatureException
			InvalidToken MissingAuthenticationToken MissingAuthenticationTokenException MissingSecurityHeader
			SignatureDoesNotMatch TokenProviderError UnrecognizedClientException`,
	},
	expired: {
		exitCode: exitCodes.configuration,
		hint: 'Get new credentials; a role renews them by itself.',
		names: 'ExpiredToken ExpiredTokenException TokenRefreshRequired',
	},
	clock: {
		exitCode: exitCodes.configuration,
		hint: 'Set the clock of this machine: AWS accepts five minutes.',
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
		hint: "Set SHOPLAKE_BUCKET to the bucket that the stack deployed, on a laptop by 'shoplake local up'.",
		names: 'NoSuchBucket',
	},
	/** A table, stream, topic, queue, crawler or workgroup that does not exist. */
	missing: {
		exitCode: exitCodes.configuration,
		hint: "It comes with the stack: deploy it, on a laptop by 'shoplake local up'. Or set its name.",
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
		hint: 'Look at the resource in the console: it has to be switched on, restored or set up first.',
		names: `ContinuousBackupsUnavailableException EndpointDisabledException FederationSourceException
			IllegalBlueprintStateException IllegalSessionStateException IllegalWorkflowStateException
			InvalidIntegrationStateFault InvalidObjectState InvalidStateException ObjectNotInActiveTierError
			OptedOutException PlatformApplicationDisabledException PointInTimeRecoveryUnavailableException`,
	},
	/** A limit of the account on how many there may be. */
	quota: {
		exitCode: exitCodes.configuration,
		hint: 'The account allows no more of these. Remove some, or ask for a higher quota.',
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
	/** The request itself is wrong. Where it carries a wrong name, that is a setting (see `namesResource`). */
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

/** The families of AWS's errors. */
export type AwsFamily = keyof typeof families;

const familyByName = new Map<string, AwsFamily>(
	Object.entries(families).flatMap(([family, { names }]) =>
		names.split(/\s+/).map((name): [string, AwsFamily] => [name, family as AwsFamily]),
	),
);

/** The status of an answer that carries no name, such as one to HEAD, or one by a proxy. */
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

/** A request that is refused for the name of a resource: the name comes from a setting. */
const namesResource =
	/\b(table\/index|(table|stream|bucket|database|crawler|queue|topic|work ?group) ?(name|arn|url)|topic ?arn|work ?group|crawler)\b/i;

/** The family of an error by its name, message and HTTP status; undefined where AWS did not answer with it. */
export function awsFamily(name: string, message: string, status: number | undefined): AwsFamily | undefined {
	const named = familyByName.get(name) ?? familyByName.get(name.slice(name.lastIndexOf('.') + 1));
	if (named === 'request') return namesResource.test(message) ? 'missing' : named;
	if (named !== undefined) return named;
	if (status === undefined) return undefined;
	return status >= 500 ? 'busy' : familyByStatus.get(status);
}

/** The exit code of a family, and how to fix what it tells of. */
export const familyFacts = (family: AwsFamily): Omit<Family, 'names'> => families[family];
