/// The program that ktsdb replaces, by the name with which ktsdb was started.
public enum ProgramName: String, Sendable {
    case prometheus, alertmanager

    /// Reads the first argument of a process, such as `/usr/bin/prometheus`; nil for any other name.
    public init?(argument: String) {
        guard let name = argument.split(separator: "/").last else { return nil }
        self.init(rawValue: String(name))
    }

    /// Returns the arguments of ktsdb's server that mean the same as those of the program. `variable` returns the value
    /// of an environment variable.
    public func serverArguments(_ arguments: [String], variable: (String) -> String?) -> [String] {
        guard self == .alertmanager else { return arguments }
        let own = arguments.map(Self.translated)
        var given = [
            // Nothing is scraped, and the notifier reloads without a flag.
            "--config.file=", "--alertmanager.config.file=alertmanager.yml", "--web.enable-lifecycle",
        ]
        let listens = own.contains { $0.hasPrefix("--web.listen-address") }
        if !listens, variable("KTSDB_WEB_LISTEN_ADDRESS") == nil { given.append("--web.listen-address=:9093") }
        return given + own
    }

    /// Flags of Alertmanager whose names mean something else in Prometheus.
    private static let renamed = [
        "config.file": "alertmanager.config.file", "storage.path": "storage.tsdb.path",
        "enable-feature": "alertmanager.enable-feature",
    ]
    /// Flags of both programs that apply to the whole process here.
    private static let shared: Set = [
        "web.listen-address", "web.config.file", "web.external-url", "web.route-prefix", "log.level", "log.format",
    ]

    private static func translated(_ argument: String) -> String {
        guard argument.hasPrefix("--") else { return argument }
        let name = argument.dropFirst(2).prefix { $0 != "=" }, value = argument.dropFirst(2 + name.count)
        if let new = renamed[String(name)] { return "--\(new)\(value)" }
        guard !shared.contains(String(name)), let full = AlertmanagerFlags.fullName(String(name)) else {
            return argument
        }
        return "--\(full)\(value)"
    }
}
