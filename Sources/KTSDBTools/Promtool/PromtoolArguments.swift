/// The words and flags of a command line of promtool, in any order.
struct PromtoolArguments: Sendable {
    /// Flags that are on or off.
    private static let switches: Set<String> = [
        "lint-fatal", "ignore-unknown-fields", "extended", "syntax-only", "agent", "diff", "debug", "coverage",
        "explain",
    ]
    /// Flags with a value.
    private static let options: Set<String> = [
        "lint", "enable-feature", "run", "junit", "query.lookback-delta", "timeout",
    ]

    private var flags: [(name: String, value: String)] = []
    /// The words that are no flags.
    private(set) var rest: [String] = []

    /// Reads a command line.
    init(_ line: [String]) throws(PromtoolProblem) {
        var words = line[...], takesFlags = true
        while let word = words.popFirst() {
            guard takesFlags, word.hasPrefix("--") else {
                rest.append(word)
                continue
            }
            if word == "--" {
                takesFlags = false
            } else {
                try read(word.dropFirst(2), &words)
            }
        }
    }

    private mutating func read(_ word: Substring, _ words: inout ArraySlice<String>) throws(PromtoolProblem) {
        let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        let name = parts[0]
        if Self.switches.contains(name), parts.count == 1 {
            flags.append((name, "true"))
        } else if name.hasPrefix("no-"), Self.switches.contains(String(name.dropFirst(3))), parts.count == 1 {
            flags.append((String(name.dropFirst(3)), "false"))
        } else if Self.options.contains(name) {
            guard let value = parts.count > 1 ? parts[1] : words.popFirst() else {
                throw PromtoolProblem("expected argument for flag '--\(name)'")
            }
            flags.append((name, value))
        } else {
            throw PromtoolProblem("unknown long flag '--\(name)'")
        }
    }

    /// Takes the two words of the command.
    mutating func takeCommand() -> String {
        let command = rest.prefix(2).joined(separator: " ")
        rest = Array(rest.dropFirst(2))
        return command
    }

    /// All values of a flag.
    func all(_ name: String) -> [String] { flags.filter { $0.name == name }.map(\.value) }
    /// The last value of a flag.
    func last(_ name: String) -> String? { all(name).last }
    /// Whether a switch is on.
    func isOn(_ name: String) -> Bool { last(name) == "true" }
}
