extension ShellCompletion {
    static func zsh(_ root: CommandPage) -> String {
        let places = places(root), function = "_" + root.name
        var text = """
            #compdef \(root.name)
            # Completion of \(root.name) for zsh.
            \(function)() {
                local place=\(quoted(root.name)) word
                local -a candidates
                for word in "${(@)words[2,CURRENT-1]}"; do
                    case "$place $word" in
                        (\(places.dropFirst().map { quoted($0.place) }.joined(separator: "|")))
                            place="$place $word" ;;
                    esac
                done
                case "$place $words[CURRENT-1]" in

            """
        for (place, page) in places {
            for flag in page.flags where flag.value != nil {
                let patterns = flag.forms.map { quoted("\(place) \($0)") }.joined(separator: "|")
                let values = flag.choices.map(quoted).joined(separator: " ")
                let action = flag.choices.isEmpty ? "_files; return" : "compadd -- \(values); return"
                text += "        (\(patterns)) \(action) ;;\n"
            }
        }
        text += "    esac\n    case \"$place\" in\n"
        for (place, page) in places {
            let commands = page.children.map { described($0.name, $0.summary) }
            let flags = page.flags.flatMap { flag in flag.forms.map { described($0, flag.help) } }
            text += "        (\(quoted(place))) candidates=(\((commands + flags).joined(separator: " "))) ;;\n"
        }
        return text + """
                esac
                _describe \(quoted(root.name)) candidates
                _files
            }
            \(function) "$@"

            """
    }

    /// Returns a word and its description in the form that `_describe` expects.
    private static func described(_ word: String, _ help: String) -> String {
        quoted(word.replacing(":", with: "\\:") + ":" + short(help))
    }
}
