/** An intrinsic of CloudFormation. */
export type Intrinsic =
	| string
	| { readonly Ref: string }
	| { readonly 'Fn::GetAtt': readonly [string, string] }
	| { readonly 'Fn::Join': readonly [string, readonly Intrinsic[]] };

/** The ARNs of a statement's `Resource` as text: references are names without the hash of a logical id. */
export const renderArns = (resource: Intrinsic | readonly Intrinsic[]): string[] => [resource].flat().map(render);

function render(value: Intrinsic): string {
	if (typeof value === 'string') return value;
	if ('Fn::Join' in value) return value['Fn::Join'][1].map(render).join(value['Fn::Join'][0]);
	return ('Ref' in value ? value.Ref : value['Fn::GetAtt'][0]).replace(/[0-9A-F]{8}$/, '');
}
