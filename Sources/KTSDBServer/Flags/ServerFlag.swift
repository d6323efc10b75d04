/// A flag of the server: its name, the option that it sets, the form of its value, and its meaning.
///
/// Each flag is declared once, in ``ServerFlags``; the command line, the environment, the help, `/api/v1/status/flags`
/// and the table in README.md follow from that declaration. The default is the one in ``ServerOptions``.
package struct ServerFlag: Sendable {
    /// The name without dashes, such as `storage.tsdb.path`.
    package let name: String
    /// The flag's meaning, in Markdown.
    package let help: String
    /// The placeholder for the value in the help, such as `duration`; nil for a switch, which has no value on the
    /// command line.
    package let valueName: String?
    /// The default, as the help shows it.
    package let defaultText: String
    /// Reads a value.
    let read: @Sendable (_ text: String, _ options: inout ServerOptions) throws(FlagProblem) -> Void
    /// Formats the value as `/api/v1/status/flags` shows it.
    let text: @Sendable (ServerOptions) -> String

    /// Declares a flag that sets the option at `path`.
    ///
    /// `defaultText` describes a default that differs from machine to machine; `shown` formats the value for
    /// `/api/v1/status/flags` where that differs from the option's value.
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

    /// Whether the flag accepts an empty value. An empty path means that no file is read.
    var mayBeEmpty: Bool {
        ["config.file", "ktsdb.config.file", "web.config.file", "web.external-url", "web.route-prefix"].contains(name)
            || name.hasPrefix(AlertmanagerFlags.prefix)
    }

    /// The environment variable that sets the flag if the command line does not, such as `KTSDB_STORAGE_TSDB_PATH`.
    package var variable: String {
        "KTSDB_" + name.uppercased().map { $0 == "." || $0 == "-" ? "_" : String($0) }.joined()
    }
}

/// The form of a flag's value.
struct FlagValue<Value: Sendable>: Sendable {
    /// The placeholder in the help; nil for a switch.
    let name: String?
    /// Reads a value. `old` is the value so far, for flags that add to it when they are repeated.
    let read: @Sendable (_ text: String, _ old: Value) throws(FlagProblem) -> Value
    /// Formats a value.
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

/// The reason why a flag's value is invalid.
enum FlagProblem: Error {
    case malformed(reason: String? = nil)
    case notAmong([String])
    case notPositive

    /// Describes the problem with `text`. `source` is where it was given: `--query.timeout`, or a variable.
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

/// The reason why the flags are refused, in one line; nothing has been started.
public struct FlagError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Which flag or variable is wrong, and how.
    public let description: String

    init(_ description: String) { self.description = description }
}
