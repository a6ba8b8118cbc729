/** An alert as SNS delivers it. */
export interface DeliveredAlert {
	readonly Subject?: string | undefined;
	readonly Message: string;
}

/** The fields of an alarm of CloudWatch that people read. */
interface AlarmState {
	readonly AlarmName: string;
	readonly AlarmDescription?: string | null;
	readonly NewStateValue: string;
	readonly NewStateReason?: string;
	readonly AlarmArn?: string;
}

/** The most characters of a text; Slack and Teams refuse or cut longer ones. */
const longestText = 3500;

/** Hosts of webhooks that Teams' workflows make. */
const teamsHosts = /(^|\.)(logic\.azure\.com|powerplatform\.com|powerautomate\.com|webhook\.office\.com)$/;

/**
 * The body of a request that posts an alert to a chat, for the webhook's host: Teams takes an adaptive card; Slack and chats
 * that follow it (Mattermost, Google Chat) take `{"text": …}`.
 */
export function chatMessage(alert: DeliveredAlert, webhook: URL): object {
	const { title, text } = readAlert(alert);
	if (!teamsHosts.test(webhook.hostname)) return { text: escapeMarkup(`${title}\n${text}`) };
	const lines = text.split('\n').filter((line) => line !== '');
	return {
		type: 'message',
		attachments: [
			{
				contentType: 'application/vnd.microsoft.card.adaptive',
				content: {
					$schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
					type: 'AdaptiveCard',
					version: '1.4',
					body: [
						{ type: 'TextBlock', text: escapeMarkdown(title), weight: 'Bolder', wrap: true },
						...lines.map((line) => ({ type: 'TextBlock', text: escapeMarkdown(line), wrap: true })),
					],
					actions: findLinks(text).map((url) => ({ type: 'Action.OpenUrl', title: 'Open', url })),
				},
			},
		],
	};
}

/** The title and the text of an alert; an alarm's JSON becomes sentences. */
function readAlert({ Subject, Message }: DeliveredAlert): { readonly title: string; readonly text: string } {
	const alarm = parseAlarm(Message);
	if (!alarm) return { title: Subject ?? 'shoplake', text: cutOff(Message) };
	const { AlarmName, AlarmDescription, NewStateValue, NewStateReason } = alarm;
	const lines = [AlarmDescription, NewStateReason, alarmLink(alarm)].filter((line) => line);
	return { title: `shoplake: ${NewStateValue} of ${AlarmName}`, text: cutOff(lines.join('\n')) };
}

function parseAlarm(message: string): AlarmState | undefined {
	try {
		const parsed = JSON.parse(message) as Partial<AlarmState> | null;
		return typeof parsed?.AlarmName === 'string' && typeof parsed.NewStateValue === 'string'
			? (parsed as AlarmState)
			: undefined;
	} catch {
		return undefined;
	}
}

/** Where the console shows an alarm; undefined if its ARN is not one. */
function alarmLink({ AlarmArn, AlarmName }: AlarmState): string | undefined {
	const region = /^arn:[^:]+:cloudwatch:([a-z0-9-]+):/.exec(AlarmArn ?? '')?.[1];
	return region === undefined
		? undefined
		: `https://${region}.console.aws.amazon.com/cloudwatch/home?region=${region}#alarmsV2:alarm/${encodeURIComponent(AlarmName)}`;
}

const findLinks = (text: string): string[] => (text.match(/https?:\/\/[^\s<>"]+/g) ?? []).slice(0, 1);

const cutOff = (text: string): string => (text.length > longestText ? `${text.slice(0, longestText)} …` : text);

/** Slack reads `<!channel>` as a mention of everybody. */
const escapeMarkup = (text: string): string =>
	text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** An adaptive card reads Markdown: `[text](address)` would be a link to anywhere. */
const escapeMarkdown = (text: string): string => text.replace(/[\\`*_[\]()]/g, (character) => `\\${character}`);
