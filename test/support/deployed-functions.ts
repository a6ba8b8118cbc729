import { readdir, readFile } from 'node:fs/promises';

/** The Lambdas of a deployed stack, by the API of Lambda; three requests are not worth a client of the SDK. */
export class DeployedFunctions {
	constructor(private readonly endpoint: string) {}

	/** Calls a function and returns its answer; throws with its error where it fails. */
	async invoke<T>(name: string, event: unknown): Promise<T> {
		const response = await this.request('POST', `functions/${name}/invocations`, event);
		const answer = await response.text();
		if (response.headers.has('x-amz-function-error')) throw new Error(`${name} fails: ${answer}`);
		return JSON.parse(answer);
	}

	/** The names of all functions. */
	async list(): Promise<string[]> {
		const listed = await this.request('GET', 'functions/');
		const { Functions } = (await listed.json()) as { Functions: { FunctionName: string }[] };
		return Functions.map(({ FunctionName }) => FunctionName);
	}

	/** Enables or disables the function's event sources. */
	async consume(name: string, enabled: boolean): Promise<void> {
		const listed = await this.request('GET', `event-source-mappings/?FunctionName=${name}`);
		const { EventSourceMappings } = (await listed.json()) as { EventSourceMappings: { UUID: string }[] };
		for (const { UUID } of EventSourceMappings) {
			await this.request('PUT', `event-source-mappings/${UUID}`, { Enabled: enabled });
		}
	}

	/** Kills the processes in which a function runs, by SIGKILL, whatever they are doing. */
	async crash(name: string): Promise<number> {
		const pids = await this.listProcesses(name);
		for (const pid of pids) process.kill(pid, 'SIGKILL');
		return pids.length;
	}

	/** Only those of this test's AWS: their environment has its port and the function's name. */
	private async listProcesses(name: string): Promise<number[]> {
		const { port } = new URL(this.endpoint);
		const found: number[] = [];
		for (const pid of (await readdir('/proc')).filter((entry) => /^\d+$/.test(entry))) {
			const environment = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '');
			const variables = new Set(environment.split('\0'));
			if (variables.has(`AWS_LAMBDA_FUNCTION_NAME=${name}`) && variables.has(`GATEWAY_PORT=${port}`)) {
				found.push(Number(pid));
			}
		}
		return found;
	}

	private async request(method: string, path: string, body?: unknown): Promise<Response> {
		const response = await fetch(`${this.endpoint}/2015-03-31/${path}`, {
			method,
			headers: {
				'content-type': 'application/json',
				authorization:
					'AWS4-HMAC-SHA256 Credential=test/20261121/us-east-1/lambda/aws4_request, SignedHeaders=host, Signature=0',
			},
			...(body === undefined ? {} : { body: JSON.stringify(body) }),
		});
		if (!response.ok) throw new Error(`Lambda answers ${response.status}: ${await response.text()}`);
		return response;
	}
}
