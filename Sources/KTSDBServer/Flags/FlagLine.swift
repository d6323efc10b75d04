internal import KTSDBConfiguration
internal import KTSDBScrape

/// Reads the flags of a command line one after the other: `--flag=value`, `--flag value`, `--switch`, `--no-switch`.
struct FlagLine {
    private var rest: ArraySlice<String>

    init(_ arguments: [String]) { rest = arguments[...] }

    /// Returns the next flag, its value, and how errors name it; nil at the end of the line.
    mutating func next() throws(FlagError) -> (ServerFlag, text: String, option: String)? {
        guard let argument = rest.popFirst() else { return nil }
        guard argument.hasPrefix("-"), argument != "-", argument != "--" else {
            throw Self.unexpected((argument == "--" ? [] : [argument]) + rest.prefix { !$0.hasPrefix("-") })
        }
        let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        let option = String(parts[0]), value = parts.count > 1 ? String(parts[1]) : nil
        if let (flag, isSwitch) = try Self.ignored(option) {
            let text = value ?? (isSwitch || rest.first?.hasPrefix("-") != false ? "" : rest.removeFirst())
            return (flag, text, option)
        }
        guard let (flag, isOn) = Self.find(option) else { throw Self.unknown(option) }
        guard flag.isSwitch else { return try take(value, of: flag) }
        guard value == nil else {
            throw FlagError("The option '\(option)' does not take any value, but '\(value ?? "")' was specified.")
        }
        return (flag, isOn ? "true" : "false", option)
    }

    private mutating func take(_ value: String?, of flag: ServerFlag) throws(FlagError) -> (ServerFlag, String, String)
    {
        let option = "--\(flag.name) <\(flag.name)>"
        let text = value ?? (rest.first?.hasPrefix("-") == false ? rest.removeFirst() : "")
        // An empty value must be given explicitly, and the flag must allow it.
        guard !text.isEmpty || value != nil && flag.mayBeEmpty else { throw FlagError("Missing value for '\(option)'") }
        return (flag, text, option)
    }

    /// Finds the flag that `option` names, and whether the option switches it on.
    private static func find(_ option: String) -> (ServerFlag, isOn: Bool)? {
        guard option.hasPrefix("--") else { return nil }
        let name = option.dropFirst(2)
        if let flag = flag(String(name)) { return (flag, true) }
        guard name.hasPrefix("no-") else { return nil }
        return flag(String(name.dropFirst(3))).flatMap { $0.isSwitch ? ($0, false) : nil }
    }

    private static func flag(_ name: String) -> ServerFlag? {
        let name = PrometheusFlags.older[name] ?? name
        return ServerFlags.all.first { $0.name == name }
            ?? AlertmanagerFlags.fullName(name).flatMap { full in ServerFlags.all.first { $0.name == full } }
    }

    // MARK: Flags that do nothing

    /// Returns a flag of Prometheus or of Alertmanager that is accepted and does nothing, and whether it is a switch.
    /// - Throws: ``FlagError`` if it is one that is refused.
    private static func ignored(_ option: String) throws(FlagError) -> (flag: ServerFlag, isSwitch: Bool)? {
        guard option.hasPrefix("--"), !ServerFlags.all.contains(where: { "--\($0.name)" == option }) else { return nil }
        let name = String(option.dropFirst(2))
        if let (flag, isOff) = PrometheusFlags.unserved(name) { return (try ignoring(flag, isOff), flag.isSwitch) }
        guard let name = AlertmanagerFlags.fullName(name)?.dropFirst(AlertmanagerFlags.prefix.count) else { return nil }
        if let refused = AlertmanagerFlags.refused.first(where: { $0.name == name }) {
            throw FlagError("Alertmanager's flag '\(option)' is not served: \(refused.reason)")
        }
        guard let (name, reason) = AlertmanagerFlags.ignored.first(where: { $0.name == name }) else { return nil }
        let isSwitch = AlertmanagerFlags.ignoredSwitches.contains(name)
        return (ignoring(AlertmanagerFlags.prefix + name, name, reason, \.alertmanager.ignored), isSwitch)
    }

    private static func ignoring(_ flag: PrometheusFlag, _ isOff: Bool) throws(FlagError) -> ServerFlag {
        switch flag.fate {
        case .ignored(let reason): return ignoring(flag.name, flag.name, reason, \.ignoredFlags)
        // Switching off a feature that ktsdb does not have is accepted.
        case .served, .refused: if isOff { return ignoring(flag.name, flag.name, nil, \.ignoredFlags) }
        }
        guard case .refused(let reason) = flag.fate else { throw unknown("--\(flag.name)") }
        throw FlagError("Prometheus' flag '--\(flag.name)' is not served: \(reason)")
    }

    /// Returns a flag that only adds a warning with the reason; without a reason, it does nothing at all.
    private static func ignoring(
        _ fullName: String, _ name: String, _ reason: String?,
        _ path: any WritableKeyPath<ServerOptions, [String]> & Sendable
    ) -> ServerFlag {
        let value = FlagValue<[String]>(
            "value",
            // An empty address switches off the cluster, which ktsdb does not have: that needs no warning.
            adding: { (text, old) throws(FlagProblem) in
                guard let reason, !text.isEmpty || name != "cluster.listen-address" else { return old }
                return old + ["--\(name): \(reason)"]
            }, text: { $0.joined(separator: ", ") })
        return ServerFlag(fullName, path, value, "Does nothing.")
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
