extension ShellCompletion {
    static func bash(_ root: CommandPage) -> String {
        let places = places(root), function = "_" + root.name
        var text = """
            # Completion of \(root.name) for bash.
            \(function)() {
                COMPREPLY=()
                local current="${COMP_WORDS[COMP_CWORD]}" previous="${COMP_WORDS[COMP_CWORD-1]}"
                local place=\(quoted(root.name)) word words=""
                for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
                    case "$place $word" in
                        \(places.dropFirst().map { quoted($0.place) }.joined(separator: "|")))
                            place="$place $word" ;;
                    esac
                done
                case "$place $previous" in

            """
        for (place, page) in places {
            for flag in page.flags where flag.value != nil {
                let patterns = flag.forms.map { quoted("\(place) \($0)") }.joined(separator: "|")
                let words = flag.choices.isEmpty ? "return" : "words=\(quoted(flag.choices.joined(separator: " ")))"
                text += "        \(patterns)) \(words) ;;\n"
            }
        }
        text += "    esac\n    [[ -n $words ]] || case \"$place\" in\n"
        for (place, page) in places {
            let words = page.children.map(\.name) + page.flags.flatMap(\.forms)
            text += "        \(quoted(place))) words=\(quoted(words.joined(separator: " "))) ;;\n"
        }
        return text + """
                esac
                COMPREPLY=($(compgen -W "$words" -- "$current"))
            }
            complete -o default -F \(function) \(root.name)

            """
    }
}
