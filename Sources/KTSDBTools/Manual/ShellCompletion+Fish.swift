extension ShellCompletion {
    static func fish(_ root: CommandPage) -> String {
        let places = places(root), function = "__\(root.name)_place"
        var text = """
            # Completion of \(root.name) for fish.
            function \(function)
                set -l place \(fishQuoted(root.name))
                for word in (commandline -opc)[2..-1]
                    switch "$place $word"
                        case \(places.dropFirst().map { fishQuoted($0.place) }.joined(separator: " "))
                            set place "$place $word"
                    end
                end
                echo $place
            end

            """
        for (place, page) in places {
            let start = "complete -c \(root.name) -n \(fishQuoted("test (\(function)) = \"\(place)\""))"
            for child in page.children {
                text += "\(start) -f -a \(fishQuoted(child.name)) -d \(fishQuoted(short(child.summary)))\n"
            }
            for flag in page.flags {
                var line = start
                if let letter = flag.letter { line += " -s \(letter)" }
                if !flag.name.isEmpty { line += " -l \(flag.name)" }
                if flag.value != nil { line += " -r" }
                if !flag.choices.isEmpty { line += " -f -a \(fishQuoted(flag.choices.joined(separator: " ")))" }
                text += "\(line) -d \(fishQuoted(short(flag.help)))\n"
            }
        }
        return text
    }

    /// Returns a text in single quotes, in which fish knows two escapes.
    private static func fishQuoted(_ text: String) -> String {
        "'" + text.replacing("\\", with: "\\\\").replacing("'", with: "\\'") + "'"
    }
}
