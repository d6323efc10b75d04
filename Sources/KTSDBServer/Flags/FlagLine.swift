internal import KTSDBConfiguration
internal import KTSDBScrape

/// Reads the flags of a command line one after the other: `--flag=value`, `--flag value`, `--switch`, `--no-switch`.
struct FlagLine {
    private var rest: ArraySlice<String>

    init(_ arguments: [String]) { rest = arguments[...] }

    /// Returns the next flag, its value, and how errors name it; nil at the end of the line.
    mutating func next() throws(FlagError) -> (Flag, text: String, option: String)? {
        guard let argument = rest.popFirst() else { return nil }
        guard argument.hasPrefix("-"), argument != "-", argument != "--" else {
            throw Self.unexpected((argument == "--" ? [] : [argument]) + rest.prefix { !$0.hasPrefix("-") })
        }
        let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        let option = String(parts[0]), value = parts.count > 1 ? String(parts[1]) : nil
        guard let (flag, isOn) = Self.find(option) else { throw Self.unknown(option) }
        guard flag.isSwitch else { return try take(value, of: flag) }
        guard value == nil else {
            throw FlagError("The option '\(option)' does not take any value, but '\(value ?? "")' was specified.")
        }
        return (flag, isOn ? "true" : "false", option)
    }

    private mutating func take(_ value: String?, of flag: Flag) throws(FlagError) -> (Flag, String, String) {
        let option = "--\(flag.name) <\(flag.name)>"
        let text = value ?? (rest.first?.hasPrefix("-") == false ? rest.removeFirst() : "")
        guard !text.isEmpty else { throw FlagError("Missing value for '\(option)'") }
        return (flag, text, option)
    }

    /// Finds the flag that `option` names, and whether the option switches it on.
    private static func find(_ option: String) -> (Flag, isOn: Bool)? {
        guard option.hasPrefix("--") else { return nil }
        let name = option.dropFirst(2)
        if let flag = ServerFlags.all.first(where: { $0.name == name }) { return (flag, true) }
        guard name.hasPrefix("no-") else { return nil }
        return ServerFlags.all.first { $0.isSwitch && $0.name == name.dropFirst(3) }.map { ($0, false) }
    }

    private static func unknown(_ option: String) -> FlagError {
        let name = String(option.drop { $0 == "-" })
        let nearest = NearestName.of(name, in: ServerFlags.all.map(\.name))
        return FlagError("Unknown option '\(option)'" + (nearest.map { ". Did you mean '--\($0)'?" } ?? ""))
    }

    private static func unexpected(_ arguments: [String]) -> FlagError {
        let all = arguments.map { "'\($0)'" }.joined(separator: ", ")
        return FlagError(
            arguments.count == 1 ? "Unexpected argument \(all)" : "\(arguments.count) unexpected arguments: \(all)")
    }
}
