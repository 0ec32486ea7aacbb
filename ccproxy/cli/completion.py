"""`ccproxy completion`: prints the script with which a shell completes commands, options, codes and files."""

from __future__ import annotations

import click

_BASH = r"""_ccproxy_completion() {
    local IFS=$'\n' response type value
    response=$(env COMP_WORDS="${COMP_WORDS[*]}" COMP_CWORD=$COMP_CWORD _CCPROXY_COMPLETE=bash_complete "$1")
    COMPREPLY=()
    while IFS=',' read -r type value; do
        case $type in
            plain) COMPREPLY+=("$value") ;;
            path) COMPREPLY+=("$value"); compopt -o filenames ;;
            file) compopt -o default ;;
            dir) compopt -o dirnames ;;
        esac
    done <<< "$response"
}
complete -o nosort -F _ccproxy_completion ccproxy
"""
_ZSH = r"""#compdef ccproxy
_ccproxy_completion() {
    local -a names described folders paths response
    local type value help
    (( ! $+commands[ccproxy] )) && return 1
    response=("${(@f)$(env COMP_WORDS="${words[*]}" COMP_CWORD=$((CURRENT-1)) _CCPROXY_COMPLETE=zsh_complete ccproxy)}")
    for type value help in "${response[@]}"; do
        case $type in
            plain) if [[ $help == _ ]]; then names+=("$value"); else described+=("$value:$help"); fi ;;
            path) if [[ $value == */ ]]; then folders+=("$value"); else paths+=("$value"); fi ;;
            file) _path_files -f ;;
            dir) _path_files -/ ;;
        esac
    done
    (( $#described )) && _describe -V unsorted described -U
    (( $#names )) && compadd -U -V unsorted -a names
    (( $#paths )) && compadd -U -V unsorted -a paths
    (( $#folders )) && compadd -U -S '' -V unsorted -a folders
    return 0
}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
    _ccproxy_completion "$@"
else
    compdef _ccproxy_completion ccproxy
fi
"""
_FISH = r"""function _ccproxy_completion
    for line in (env _CCPROXY_COMPLETE=fish_complete COMP_WORDS=(commandline -cp) COMP_CWORD=(commandline -t) ccproxy)
        set -l found (string split -m 1 "," -- $line)
        switch $found[1]
            case file
                __fish_complete_path $found[2]
            case dir
                __fish_complete_directories $found[2]
            case '*'
                echo $found[2]
        end
    end
end
complete --no-files --command ccproxy --arguments "(_ccproxy_completion)"
"""
SCRIPTS = {"bash": _BASH, "zsh": _ZSH, "fish": _FISH}
"""What asks `ccproxy` by click's protocol, shell by shell; unlike click's own, it knows folders and names with spaces."""


@click.command(
    epilog="Example: ccproxy completion bash > ~/.local/share/bash-completion/completions/ccproxy",
    help="""Print the script by which a shell completes ccproxy's commands, options, codes and files.

    bash: source it, or save it in ~/.local/share/bash-completion/completions/ccproxy.
    zsh: save it as _ccproxy in a folder of $fpath. fish: save it as ~/.config/fish/completions/ccproxy.fish.""",
)
@click.argument("shell", type=click.Choice(list(SCRIPTS)))
def command(shell: str) -> None:
    """Print the script of the shell."""
    click.echo(SCRIPTS[shell], nl=False)
