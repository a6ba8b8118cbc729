import * as z from 'zod';

/** The part of ECS's answer that bills: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-metadata-endpoint-v4-fargate-response.html */
const metadata = z.object({
	LaunchType: z.literal('FARGATE'),
	/** vCPUs and MiB. */
	Limits: z.object({ CPU: z.number(), Memory: z.number() }),
	/** Billing begins when the image is pulled. */
	PullStartedAt: z.iso.datetime({ offset: true }).optional(),
});

const patienceMs = 1000;

/** The Fargate task in which this process runs; null elsewhere. Never throws: what ECS does not say is not billed here. */
export async function readFargateTask(
	env: NodeJS.ProcessEnv,
	times: { readonly startedAt: Date; readonly now: Date },
): Promise<{ readonly vcpu: number; readonly gib: number; readonly seconds: number } | null> {
	const uri = env.ECS_CONTAINER_METADATA_URI_V4;
	if (!uri) return null;
	try {
		const response = await fetch(`${uri}/task`, { signal: AbortSignal.timeout(patienceMs) });
		const { Limits, PullStartedAt } = metadata.parse(await response.json());
		const begun = PullStartedAt === undefined ? times.startedAt : new Date(PullStartedAt);
		const seconds = Math.max(0, times.now.getTime() - begun.getTime()) / 1000;
		return { vcpu: Limits.CPU, gib: Limits.Memory / 1024, seconds };
	} catch {
		return null;
	}
}
