/**
 * The completion scripts of shells. Each asks `ipfs-kit complete`, so that all of them know the same
 * commands, options and values; files complete where that knows nothing.
 */

const bash = `_ipfs_kit() {
  local line
  COMPREPLY=()
  while IFS= read -r line; do
    COMPREPLY+=("$line")
  done < <(ipfs-kit complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
  if [[ \${COMPREPLY[0]} == */* ]]; then compopt -o filenames 2>/dev/null; fi
  if [[ \${COMPREPLY[0]} == */ ]]; then compopt -o nospace 2>/dev/null; fi
}
complete -o default -F _ipfs_kit ipfs-kit
`

const zsh = `#compdef ipfs-kit
_ipfs_kit() {
  local line
  local -a found folders
  for line in "\${(@f)$(ipfs-kit complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}"; do
    if [[ $line == */ ]]; then folders+=("$line"); elif [[ -n $line ]]; then found+=("$line"); fi
  done
  if (( $#found + $#folders == 0 )); then
    _files
  else
    compadd -a found
    compadd -S '' -a folders
  fi
}
if [[ $funcstack[1] == _ipfs_kit ]]; then _ipfs_kit "$@"; else compdef _ipfs_kit ipfs-kit; fi
`

const fish = `function __ipfs_kit_complete
  set -l words (commandline -opc) (commandline -ct)
  set -l found (ipfs-kit complete --describe -- $words[2..-1] 2>/dev/null | string replace ' # ' \\t)
  if test (count $found) -eq 0
    __fish_complete_path (commandline -ct)
  else
    printf '%s\\n' $found
  end
end
complete -c ipfs-kit -f -a '(__ipfs_kit_complete)'
`

export const SHELLS = { bash, zsh, fish } as const
