import type { CommandModule } from 'yargs';

/** Each asks the program itself what may follow, as yargs answers it: its answer for zsh has descriptions. */
const scripts = {
	bash: `# Completion of shoplake for bash. For every shell to come: add  eval "$(shoplake completion bash)"  to ~/.bashrc
_shoplake() {
	local IFS=$'\\n'
	COMPREPLY=($(compgen -W "$(SHELL=bash "\${COMP_WORDS[0]}" --get-yargs-completions "\${COMP_WORDS[@]}" 2>/dev/null)" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _shoplake shoplake
`,
	zsh: `#compdef shoplake
# Completion of shoplake for zsh. For every shell to come: add  eval "$(shoplake completion zsh)"  to ~/.zshrc, after compinit
_shoplake() {
	local -a replies
	replies=("\${(@f)$(SHELL=zsh "\${words[1]}" --get-yargs-completions "\${words[@]}" 2>/dev/null)}")
	if [[ -n "\${replies[1]}" ]]; then
		_describe shoplake replies
	else
		_default
	fi
}
if [[ "\${zsh_eval_context[-1]}" == loadautofunc ]]; then
	_shoplake "$@"
else
	compdef _shoplake shoplake
fi
`,
} as const;

/** Prints what a shell needs to complete commands, flags and names of analyses. */
export const completion: CommandModule = {
	command: 'completion <shell>',
	describe: 'Print the script that completes commands and flags in bash or zsh',
	builder: (yargs) =>
		yargs
			.usage(
				'shoplake completion <shell>\n\nPrints a script. In bash:  eval "$(shoplake completion bash)"\nReads and writes nothing.',
			)
			.positional('shell', { choices: Object.keys(scripts), demandOption: true, describe: 'The shell' }),
	handler: ({ shell }) => {
		process.stdout.write(scripts[shell as keyof typeof scripts]);
	},
};
