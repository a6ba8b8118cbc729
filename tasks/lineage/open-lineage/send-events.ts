import { appendFile } from 'node:fs/promises';
import type { LineageSettings } from './settings';

/** Sends events to an address, or adds them to a file, one a line. Throws where that fails or takes longer than `limitMs`. */
export async function sendEvents(
	{ target }: Pick<LineageSettings, 'target'>,
	events: readonly unknown[],
	limitMs: number,
): Promise<void> {
	if (target.kind === 'file') {
		await appendFile(target.path, events.map((event) => `${JSON.stringify(event)}\n`).join(''));
		return;
	}
	const signal = AbortSignal.timeout(limitMs);
	for (const event of events) {
		const response = await fetch(target.url, {
			method: 'POST',
			headers: {
				'content-type': 'application/json',
				...(target.apiKey === undefined ? {} : { authorization: `Bearer ${target.apiKey}` }),
			},
			body: JSON.stringify(event),
			signal,
		}).catch((error: Error & { cause?: { code?: string; message?: string } }) => {
			const { name, cause } = error;
			throw new Error(name === 'TimeoutError' ? 'no answer in time' : (cause?.code ?? cause?.message ?? error.message));
		});
		if (!response.ok) throw new Error(`it answers ${response.status} ${response.statusText}`.trim());
		await response.arrayBuffer();
	}
}
