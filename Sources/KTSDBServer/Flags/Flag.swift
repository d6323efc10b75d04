/// A flag of the server: its name, the option that it sets, how its value is written, and what it means.
///
/// It is declared once, in ``ServerFlags``; the command line, the environment, the help, `/api/v1/status/flags` and the
/// table in README.md follow from that. Its default is that of ``ServerOptions``.
package struct Flag: Sendable {
    /// The name without dashes, as `storage.tsdb.path`.
    package let name: String
    /// What the flag means, in Markdown.
    package let help: String
    /// What the help calls the value, as `duration`; nil for a switch, which has none on the command line.
    package let valueName: String?
    /// The default as the help shows it.
    package let defaultText: String
    /// Reads a value.
    let read: @Sendable (_ text: String, _ options: inout ServerOptions) throws(FlagProblem) -> Void
    /// The value as `/api/v1/status/flags` shows it.
    let text: @Sendable (ServerOptions) -> String

    /// Declares a flag that sets the option at `path`.
    ///
    /// `defaultText` describes a default that differs from machine to machine; `shown` is what
    /// `/api/v1/status/flags` shows where that is not the option's value.
    init<Value>(
        _ name: String, _ path: any WritableKeyPath<ServerOptions, Value> & Sendable, _ value: FlagValue<Value>,
        default defaultText: String? = nil, shown: (@Sendable (ServerOptions) -> String)? = nil, _ help: String
    ) {
        self.name = name
        self.help = help
        valueName = value.name
        text = shown ?? { value.text($0[keyPath: path]) }
        read = { (text, options) throws(FlagProblem) in
            options[keyPath: path] = try value.read(text, options[keyPath: path])
        }
        self.defaultText = defaultText ?? text(ServerOptions())
    }

    var isSwitch: Bool { valueName == nil }

    /// The environment variable that sets the flag where the command line does not: `KTSDB_STORAGE_TSDB_PATH`.
    package var variable: String {
        "KTSDB_" + name.uppercased().map { $0 == "." || $0 == "-" ? "_" : String($0) }.joined()
    }
}

/// How the value of a flag is written.
struct FlagValue<Value: Sendable>: Sendable {
    /// What the help calls it; nil for a switch.
    let name: String?
    /// Reads a value. `old` is what the flag has so far, for flags that can be repeated to say more.
    let read: @Sendable (_ text: String, _ old: Value) throws(FlagProblem) -> Value
    /// Writes a value.
    let text: @Sendable (Value) -> String

    init(
        _ name: String?, read: @escaping @Sendable (String) throws(FlagProblem) -> Value,
        text: @escaping @Sendable (Value) -> String
    ) {
        self.init(name, adding: { (text, _) throws(FlagProblem) in try read(text) }, text: text)
    }

    init(
        _ name: String?, adding read: @escaping @Sendable (String, Value) throws(FlagProblem) -> Value,
        text: @escaping @Sendable (Value) -> String
    ) {
        self.name = name
        self.read = read
        self.text = text
    }
}

/// What is wrong with the value of a flag.
enum FlagProblem: Error {
    case malformed(reason: String? = nil)
    case notAmong([String])
    case notPositive

    /// The problem of `text`, which `source` gives: `--query.timeout`, or a variable.
    func describe(_ text: String, of source: String, option: String) -> String {
        let invalid = "The value '\(text)' is invalid for '\(option)'"
        switch self {
        case .malformed(let reason?): return "\(invalid): \(reason)"
        case .malformed(nil): return invalid
        case .notAmong(let choices):
            let all = choices.dropLast().map { "'\($0)'" }.joined(separator: ", ")
            return "\(invalid). Please provide one of \(all) or '\(choices.last ?? "")'."
        case .notPositive: return "\(source) must be more than 0"
        }
    }
}

/// Why the flags are refused, in one line; nothing has been started.
public struct FlagError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Which flag or variable is wrong, and how.
    public let description: String

    init(_ description: String) { self.description = description }
}
