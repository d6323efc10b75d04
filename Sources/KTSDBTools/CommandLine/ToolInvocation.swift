internal import KTSDBModel

/// A parsed command line.
package struct ToolInvocation: Sendable {
    /// The words of the command, such as `["silence", "add"]`.
    var words: [String] = []
    /// The positional arguments.
    var arguments: [String] = []
    fileprivate var values: [String: [String]] = [:]
    fileprivate var flags: [ToolFlag] = []
    /// The arguments that the command declares.
    fileprivate var declared: [ToolArgument] = []

    /// The last value of a flag, or else its default; nil if it has neither.
    subscript(name: String) -> String? { values[name]?.last ?? flags.last { $0.name == name }?.preset }

    /// Returns all values that were given for a flag.
    func all(_ name: String) -> [String] { values[name] ?? [] }

    /// Returns whether a switch is on.
    func isOn(_ name: String) -> Bool { ["true", "1", "t", "T", "TRUE", "True"].contains(self[name] ?? "") }

    /// Sets values, from a configuration file, for flags of the command that were not given.
    fileprivate mutating func complete(_ presets: [String: String]) {
        for flag in flags where values[flag.name] == nil {
            if let preset = presets[flag.name] { values[flag.name] = [preset] }
        }
    }

    /// Parses a command line. `presets` are values for flags that are not given. With `listsCommands`, the error for a
    /// missing word lists the possible words, as newer programs do.
    /// - Throws: ``CommandLineProblem`` in the words of promtool and amtool.
    static func parse(
        _ line: [String], _ root: ToolSyntax, presets: [String: String] = [:], listsCommands: Bool = true
    ) throws(CommandLineProblem) -> ToolInvocation {
        var reader = ToolLineReader(line, root)
        try reader.read(listsCommands: listsCommands)
        reader.result.complete(presets)
        try reader.result.check()
        return reader.result
    }

    /// Checks that required flags and arguments are given, and that flags with choices have allowed values.
    private func check() throws(CommandLineProblem) {
        if isOn("help") { return }
        for flag in flags {
            if flag.isRequired, values[flag.name] == nil {
                throw CommandLineProblem("required flag --\(flag.name) not provided")
            }
            guard !flag.choices.isEmpty, let value = self[flag.name], !flag.choices.contains(value) else { continue }
            throw CommandLineProblem(
                "enum value must be one of \(flag.choices.joined(separator: ",")), got '\(value)'")
        }
        // If the first argument is optional, the command itself determines which ones are given.
        for (index, argument) in declared.prefix(while: \.isRequired).enumerated() where arguments.count <= index {
            throw CommandLineProblem("required argument '\(argument.name)' not provided")
        }
    }
}

/// Reads the words, flags and arguments of a command line, in any order.
private struct ToolLineReader {
    var result = ToolInvocation()
    private var rest: ArraySlice<String>
    /// The command or group that the words so far have led to.
    private var place: ToolSyntax
    private var takesFlags = true

    init(_ line: [String], _ root: ToolSyntax) {
        rest = line[...]
        place = root
        result.flags = place.flags
    }

    mutating func read(listsCommands: Bool) throws(CommandLineProblem) {
        while let word = rest.popFirst() {
            if takesFlags, word == "--" {
                takesFlags = false
            } else if takesFlags, word.hasPrefix("--") {
                try readLong(String(word.dropFirst(2)))
            } else if takesFlags, word.hasPrefix("-"), word != "-" {
                try readShort(word.dropFirst())
            } else {
                try readWord(word)
            }
        }
        if result.isOn("help") { return }
        while let preset = place.preset { enter(preset) }
        result.declared = place.arguments
        guard place.isGroup else { return }
        let names = listsCommands ? ": " + place.children.map(\.name).joined(separator: ", ") : ""
        throw CommandLineProblem("must select a subcommand of '\(place.name)'\(names)")
    }

    private mutating func enter(_ next: ToolSyntax) {
        place = next
        result.words.append(next.name)
        result.flags += next.flags
    }

    private mutating func readWord(_ word: String) throws(CommandLineProblem) {
        if !place.isGroup {
            guard result.arguments.count < place.argumentLimit else { throw CommandLineProblem("unexpected \(word)") }
            return result.arguments.append(word)
        }
        if let next = place.child(word) { return enter(next) }
        guard let preset = place.preset else {
            throw CommandLineProblem("expected command but got \(goQuoted(word))")
        }
        enter(preset)
        try readWord(word)
    }

    /// Finds a flag of the command. If only a default command has the flag, that command is entered.
    private mutating func find(_ matches: (ToolFlag) -> Bool) -> ToolFlag? {
        while true {
            if let flag = result.flags.last(where: matches) { return flag }
            guard let preset = place.preset else { return nil }
            enter(preset)
        }
    }

    private mutating func readLong(_ text: String) throws(CommandLineProblem) {
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map { String($0) }
        let value = parts.count > 1 ? parts[1] : nil
        if parts[0].hasPrefix("no-"), value == nil,
            let flag = find({ $0.kind == .toggle && "no-" + $0.name == parts[0] })
        {
            return result.values[flag.name] = ["false"]
        }
        guard let flag = find({ $0.name == parts[0] || $0.ownName == parts[0] }) else {
            throw CommandLineProblem("unknown long flag '--\(parts[0])'")
        }
        if flag.kind == .toggle {
            result.values[flag.name] = [value ?? "true"]
        } else {
            try set(flag, value, shown: "--\(flag.name)")
        }
    }

    private mutating func readShort(_ letters: Substring) throws(CommandLineProblem) {
        guard let letter = letters.first else { return }
        guard let flag = find({ $0.letter == letter }) else {
            throw CommandLineProblem("unknown short flag '-\(letter)'")
        }
        let more = letters.dropFirst()
        if flag.kind == .toggle {
            result.values[flag.name] = ["true"]
            try readShort(more)
        } else {
            try set(flag, more.isEmpty ? nil : String(more), shown: "-\(letter)")
        }
    }

    private mutating func set(_ flag: ToolFlag, _ value: String?, shown name: String) throws(CommandLineProblem) {
        guard let value = value ?? rest.popFirst() else {
            throw CommandLineProblem("expected argument for flag '\(name)'")
        }
        if flag.kind == .list {
            result.values[flag.name, default: []].append(value)
        } else {
            result.values[flag.name] = [value]
        }
    }
}
