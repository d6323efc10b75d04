internal import KTSDBModel

/// A command line of amtool that has been understood.
struct AmtoolInvocation: Sendable {
    /// The words of the command: `["silence", "add"]`.
    var words: [String] = []
    /// What follows them.
    var arguments: [String] = []
    fileprivate var values: [String: [String]] = [:]
    fileprivate var flags: [AmtoolFlag] = []

    /// The value of a flag; nil if it has none.
    subscript(name: String) -> String? { values[name]?.last ?? flags.last { $0.name == name }?.preset }

    /// All values of a flag.
    func all(_ name: String) -> [String] { values[name] ?? [] }

    /// Whether a switch is on.
    func isOn(_ name: String) -> Bool { ["true", "1", "t", "T", "TRUE", "True"].contains(self[name] ?? "") }

    /// Sets values for flags that the command has and that were not given: those of amtool's own configuration.
    fileprivate mutating func complete(_ presets: [String: String]) {
        for flag in flags where values[flag.name] == nil {
            if let preset = presets[flag.name] { values[flag.name] = [preset] }
        }
    }

    /// Understands a command line. `presets` are values of flags that are not given.
    /// - Throws: ``AmtoolProblem`` in the words of amtool.
    static func parse(_ line: [String], presets: [String: String] = [:]) throws(AmtoolProblem) -> AmtoolInvocation {
        var reader = AmtoolLineReader(line)
        try reader.read()
        reader.result.complete(presets)
        let output = reader.result["output"] ?? "simple"
        guard ["simple", "extended", "json"].contains(output) else {
            throw AmtoolProblem("enum value must be one of simple,extended,json, got '\(output)'")
        }
        return reader.result
    }
}

/// Reads the words, flags and arguments of a command line, in any order.
private struct AmtoolLineReader {
    var result = AmtoolInvocation()
    private var rest: ArraySlice<String>
    /// Where the command line has come to among the commands.
    private var place = AmtoolSyntax.root
    private var takesFlags = true

    init(_ line: [String]) {
        rest = line[...]
        result.flags = place.flags
    }

    mutating func read() throws(AmtoolProblem) {
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
        if !place.children.isEmpty {
            let names = place.children.map(\.name).joined(separator: ", ")
            throw AmtoolProblem("must select a subcommand of '\(place.name)': \(names)")
        }
    }

    private mutating func enter(_ next: AmtoolSyntax) {
        place = next
        result.words.append(next.name)
        result.flags += next.flags
    }

    private mutating func readWord(_ word: String) throws(AmtoolProblem) {
        if case .command(_, _, let takesArguments, _) = place {
            guard takesArguments else { throw AmtoolProblem("unexpected \(word)") }
            return result.arguments.append(word)
        }
        if let next = place.child(word) { return enter(next) }
        guard let preset = place.preset else {
            throw AmtoolProblem("expected command but got \(goQuoted(word))")
        }
        enter(preset)
        try readWord(word)
    }

    /// Finds a flag of the command; a word that was left out is taken for granted if that has the flag.
    private mutating func find(_ matches: (AmtoolFlag) -> Bool) -> AmtoolFlag? {
        while true {
            if let flag = result.flags.last(where: matches) { return flag }
            guard let preset = place.preset else { return nil }
            enter(preset)
        }
    }

    private mutating func readLong(_ text: String) throws(AmtoolProblem) {
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map { String($0) }
        let value = parts.count > 1 ? parts[1] : nil
        if parts[0].hasPrefix("no-"), value == nil,
            let flag = find({ $0.kind == .toggle && "no-" + $0.name == parts[0] })
        {
            return result.values[flag.name] = ["false"]
        }
        guard let flag = find({ $0.name == parts[0] }) else {
            throw AmtoolProblem("unknown long flag '--\(parts[0])'")
        }
        if flag.kind == .toggle {
            result.values[flag.name] = [value ?? "true"]
        } else {
            try set(flag, value, shown: "--\(flag.name)")
        }
    }

    private mutating func readShort(_ letters: Substring) throws(AmtoolProblem) {
        guard let letter = letters.first else { return }
        guard let flag = find({ $0.letter == letter }) else { throw AmtoolProblem("unknown short flag '-\(letter)'") }
        let more = letters.dropFirst()
        if flag.kind == .toggle {
            result.values[flag.name] = ["true"]
            try readShort(more)
        } else {
            try set(flag, more.isEmpty ? nil : String(more), shown: "-\(letter)")
        }
    }

    private mutating func set(_ flag: AmtoolFlag, _ value: String?, shown name: String) throws(AmtoolProblem) {
        guard let value = value ?? rest.popFirst() else {
            throw AmtoolProblem("expected argument for flag '\(name)'")
        }
        if flag.kind == .list {
            result.values[flag.name, default: []].append(value)
        } else {
            result.values[flag.name] = [value]
        }
    }
}
