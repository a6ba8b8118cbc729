/** An intrinsic of CloudFormation as text: the names it refers to, without the hash of a logical id. */
export type Intrinsic =
	| string
	| { readonly Ref: string }
	| { readonly 'Fn::GetAtt': readonly [string, string] }
	| { readonly 'Fn::Join': readonly [string, readonly Intrinsic[]] };

/** The ARNs of a statement's `Resource`, one or several. */
export const arnsText = (resource: Intrinsic | readonly Intrinsic[]): string[] => [resource].flat().map(text);

function text(value: Intrinsic): string {
	if (typeof value === 'string') return value;
	if ('Fn::Join' in value) return value['Fn::Join'][1].map(text).join(value['Fn::Join'][0]);
	return ('Ref' in value ? value.Ref : value['Fn::GetAtt'][0]).replace(/[0-9A-F]{8}$/, '');
}
