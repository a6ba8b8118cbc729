import type { PartitionInput, Table, TableInput } from '@aws-sdk/client-glue';
import { GlueClient, GlueServiceException } from '@aws-sdk/client-glue';

interface Request {
	readonly TableInput?: TableInput;
	readonly VersionId?: string;
	readonly TableName?: string;
	readonly PartitionInputList?: readonly PartitionInput[];
}

/**
 * A Glue in memory that refuses an update of a table that somebody else has changed, as AWS's documentation says; the two
 * errors that AWS has for it take turns. It knows the requests of `crawl`.
 */
export class StandInGlue {
	readonly tables = new Map<string, Table>();
	readonly partitions = new Map<string, readonly PartitionInput[]>();
	/** The requests that concern partitions, as `action table`. */
	readonly partitionRequests: string[] = [];
	/** How often it refused an update. */
	refused = 0;
	/** Whether it refuses to change the partition keys of a table. */
	keepsPartitionKeys = false;

	/** The client of one process. */
	client(): GlueClient {
		// The SDK's paginator requires an instance of the client's class.
		return Object.assign(Object.create(GlueClient.prototype), {
			send: async (command: { readonly input: Request }) => {
				// Answers arrive in another order than requests.
				await new Promise((resolve) => setImmediate(resolve));
				return this.answer(command.constructor.name.replace('Command', ''), command.input);
			},
		});
	}

	private answer(action: string, request: Request): object {
		const { TableInput, VersionId, TableName = '', PartitionInputList = [] } = request;
		const name = TableInput?.Name ?? '';
		const table = this.tables.get(name);
		if (action.includes('Partition')) this.partitionRequests.push(`${action} ${TableName}`);
		switch (action) {
			case 'GetTables':
				return { TableList: [...this.tables.values()] };
			case 'GetPartitions':
				return { Partitions: this.partitions.get(TableName) ?? [] };
			case 'CreateTable':
				if (table) throw refusal('AlreadyExistsException');
				this.tables.set(name, { ...TableInput, Name: name, VersionId: '0' });
				return {};
			case 'UpdateTable':
				if (!table) throw refusal('EntityNotFoundException');
				if (VersionId !== table.VersionId) {
					throw refusal(this.refused++ % 2 === 0 ? 'ConcurrentModificationException' : 'VersionMismatchException');
				}
				if (this.keepsPartitionKeys && table.PartitionKeys?.length !== TableInput?.PartitionKeys?.length) {
					throw refusal('InvalidInputException');
				}
				this.tables.set(name, { ...TableInput, Name: name, VersionId: String(Number(VersionId) + 1) });
				return {};
			case 'DeleteTable':
				this.tables.delete((request as { readonly Name: string }).Name);
				return {};
			case 'BatchCreatePartition':
				this.partitions.set(TableName, [...(this.partitions.get(TableName) ?? []), ...PartitionInputList]);
				return {};
			case 'CreateDatabase':
			case 'DeletePartition':
				return {};
			default:
				throw new Error(`the test's Glue does not know ${action}`);
		}
	}
}

const refusal = (name: string) => new GlueServiceException({ name, $fault: 'client', message: 'No.', $metadata: {} });
