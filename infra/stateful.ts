/** What a kind of resource holds, and when CloudFormation would make a new, empty one in its place. */
interface State {
	/** What would be lost. */
	readonly holds: string;
	/** The properties whose change replaces the resource, by CloudFormation's documentation; a dot leads into a property. */
	readonly identity: readonly string[];
}

/**
 * The types of resources that hold what a deployment can't make again. An update in place keeps each of them: its logical id,
 * its type and these properties.
 */
export const statefulTypes: Readonly<Record<string, State>> = {
	'AWS::ApiGatewayV2::Api': { holds: 'the address that senders of events know', identity: ['ProtocolType'] },
	'AWS::Athena::WorkGroup': { holds: 'the history of queries', identity: ['Name'] },
	'AWS::DynamoDB::Table': {
		holds: 'items',
		identity: ['TableName', 'KeySchema', 'AttributeDefinitions', 'LocalSecondaryIndexes', 'ImportSourceSpecification'],
	},
	'AWS::ECR::Repository': {
		holds: 'the images of earlier revisions',
		identity: ['RepositoryName', 'EncryptionConfiguration'],
	},
	'AWS::Glue::Database': {
		holds: 'the tables that queries name',
		identity: ['CatalogId', 'DatabaseName', 'DatabaseInput.Name'],
	},
	'AWS::IAM::ManagedPolicy': {
		holds: 'attachments that people made',
		identity: ['ManagedPolicyName', 'Path', 'Description'],
	},
	'AWS::KMS::Key': {
		holds: 'the key of messages on their way',
		identity: ['KeySpec', 'KeyUsage', 'MultiRegion', 'Origin'],
	},
	'AWS::Kinesis::Stream': { holds: 'records of a day', identity: ['Name'] },
	'AWS::KinesisFirehose::DeliveryStream': {
		holds: 'records that are not delivered yet',
		identity: ['DeliveryStreamName', 'DeliveryStreamType', 'KinesisStreamSourceConfiguration'],
	},
	'AWS::Logs::LogGroup': { holds: 'logs', identity: ['LogGroupName'] },
	'AWS::MWAA::Environment': {
		holds: 'the history of runs, connections and pools of Airflow',
		identity: ['Name', 'KmsKey'],
	},
	'AWS::S3::Bucket': { holds: 'objects', identity: ['BucketName', 'ObjectLockEnabled'] },
	'AWS::SNS::Topic': { holds: 'subscriptions that people confirmed', identity: ['TopicName', 'FifoTopic'] },
	'AWS::SQS::Queue': { holds: 'messages', identity: ['QueueName', 'FifoQueue'] },
};

interface Template {
	readonly Resources: Readonly<Record<string, { readonly Type: string; readonly Condition?: string }>>;
}

interface Statement {
	readonly Effect: 'Allow' | 'Deny';
	readonly Action: string | readonly string[];
	readonly Principal: '*';
	readonly Resource: string | readonly string[];
}

/**
 * The stack policy that keeps the state of a deployed template: an update that would replace or delete a stateful resource
 * fails before it changes anything. What has a condition may be deleted, since a parameter switches it off. `except` are
 * logical ids that the next update may replace or delete. Throws Error if one of them isn't a stateful resource.
 */
export function protectionPolicy(
	{ Resources }: Template,
	except: readonly string[] = [],
): { readonly Statement: readonly Statement[] } {
	const stateful = Object.entries(Resources).filter(([, { Type }]) => Object.hasOwn(statefulTypes, Type));
	const unknown = except.filter((id) => !stateful.some(([known]) => known === id));
	if (unknown.length > 0) throw new Error(`The stack has no stateful resource ${unknown.join(', ')}.`);
	const kept = stateful.filter(([id]) => !except.includes(id));
	const deny = (action: string, resources: typeof kept): Statement[] =>
		resources.length === 0
			? []
			: [
					{
						Effect: 'Deny',
						Action: action,
						Principal: '*',
						Resource: resources.map(([id]) => `LogicalResourceId/${id}`),
					},
				];
	return {
		Statement: [
			// A stack policy denies what it does not allow.
			{ Effect: 'Allow', Action: 'Update:*', Principal: '*', Resource: '*' },
			...deny('Update:Replace', kept),
			...deny(
				'Update:Delete',
				kept.filter(([, { Condition }]) => Condition === undefined),
			),
		],
	};
}
