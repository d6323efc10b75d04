internal import PrometheusWire

/// What answers of Alertmanager's API say besides alerts and silences.
package struct APIContext: Sendable {
    /// What the status says about the program.
    package struct Version: Hashable, Sendable {
        /// The version of Alertmanager whose API this is: clients choose by it how they speak.
        package var version = APIContext.alertmanagerVersion
        package var revision = ""
        package var branch = ""
        package var buildUser = ""
        package var buildDate = ""
        package var goVersion = ""

        package init() {}
    }

    /// The version of Alertmanager that this API follows.
    package static let alertmanagerVersion = "0.34.0"

    /// The receivers with their labels, in the order of the configuration.
    package var receivers: [(name: String, labels: KeyValues)] = []
    /// The configuration with secrets masked.
    package var configuration = ""
    package var startedAt: WallTime
    package var version = Version()
    /// How matchers and names of labels are read.
    package var syntax = MatcherSyntax.fallback
    package var alertLimits = AlertLimits()

    package init(startedAt: WallTime) { self.startedAt = startedAt }

    /// Takes the receivers of a configuration.
    package mutating func setReceivers(_ receivers: [Receiver]) {
        self.receivers = receivers.map { ($0.name, $0.labels) }
    }
}

extension APIContext {
    /// The answer to a question about the status.
    var status: JSONTree {
        .members([
            ("cluster", .members([("peers", .array([])), ("status", .string("disabled"))])),
            ("config", .members([("original", .string(configuration))])),
            ("uptime", .string(TimeText.milliseconds(startedAt))), ("versionInfo", versionInfo),
        ])
    }

    private var versionInfo: JSONTree {
        .members([
            ("branch", .string(version.branch)), ("buildDate", .string(version.buildDate)),
            ("buildUser", .string(version.buildUser)), ("goVersion", .string(version.goVersion)),
            ("revision", .string(version.revision)), ("version", .string(version.version)),
        ])
    }

    /// The receivers whose labels match.
    func receivers(matching matchers: Matchers) -> [(name: String, labels: KeyValues)] {
        matchers.isEmpty ? receivers : receivers.filter { matchers.matches($0.labels) }
    }
}

extension Matchers {
    /// Whether labels with values that may be empty match all conditions.
    fileprivate func matches(_ labels: KeyValues) -> Bool { list.allSatisfy { $0.matches(labels[$0.name] ?? "") } }
}
