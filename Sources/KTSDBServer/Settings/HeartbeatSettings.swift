package import KTSDBAlerting
package import KTSDBConfiguration
internal import KTSDBModel
internal import KTSDBNotify
internal import KTSDBRules
internal import KTSDBScrape

/// Heartbeats: those that are sent while alerts work, and those that are expected from others.
///
/// ```yaml
/// heartbeats:
///   send:
///   - url: https://hc-ping.com/${HEARTBEAT_ID}
///     interval: 1m
///   expect:
///   - name: backup
///     interval: 1d
///     grace: 2h
///     labels: {severity: critical}
/// ```
package struct HeartbeatSettings: SettingsSection {
    package static let key = "heartbeats"

    /// Who gets heartbeats.
    package var targets: [HeartbeatTarget] = []
    /// The heartbeats that are expected; their names differ.
    package var expectations: [HeartbeatExpectation] = []

    /// How many there may be of either.
    private static let limit = 1000

    package init() {}

    package init(taking section: inout YAMLSection) throws(ConfigurationError) {
        for value in try section.take("send")?.list() ?? [] { targets.append(try HeartbeatTarget(value)) }
        for value in try section.take("expect")?.list() ?? [] {
            let expectation = try HeartbeatExpectation(value)
            guard !expectations.contains(where: { $0.name == expectation.name }) else {
                throw value.error("the heartbeat \(goQuoted(expectation.name)) is expected twice")
            }
            expectations.append(expectation)
        }
        guard max(targets.count, expectations.count) <= Self.limit else {
            throw section.value.error("more than \(Self.limit) heartbeats")
        }
    }
}

extension HeartbeatTarget {
    fileprivate init(_ value: YAMLValue) throws(ConfigurationError) {
        var section = try YAMLSection(value, name: "heartbeats.send")
        guard let url = section.take("url") else {
            throw value.error("url: the address that heartbeats go to is missing")
        }
        self.init(url: try Self.address(url))
        failureURL = try section.take("failure_url").map(Self.address)
        if let interval = section.take("interval") { self.interval = try interval.positiveDuration() }
        if let timeout = section.take("timeout") { self.timeout = try timeout.positiveDuration() }
        if let settings = section.take("http_config") {
            var inner = try YAMLSection(settings, name: "http_config")
            client = try HTTPClientSettings(taking: &inner, directory: LocalFile.directory(of: value.file))
            try inner.finish()
        }
        try section.finish()
    }

    private static func address(_ value: YAMLValue) throws(ConfigurationError) -> String {
        let text = try value.string()
        do throws(NotifierConfigurationError) { try WebAddress.check(text) } catch { throw value.error("\(error)") }
        return text
    }
}

extension HeartbeatExpectation {
    fileprivate init(_ value: YAMLValue) throws(ConfigurationError) {
        var section = try YAMLSection(value, name: "heartbeats.expect")
        guard let nameValue = section.take("name") else { throw value.error("name: the heartbeat's name is missing") }
        let name = try nameValue.string()
        guard Self.isName(name) else {
            throw nameValue.error(
                "name: \(goQuoted(name)) is not made of letters, digits, _, - and . alone, or has more than "
                    + "\(Self.nameLimit) bytes")
        }
        guard let interval = section.take("interval") else {
            throw value.error("interval: how often the heartbeat comes is missing")
        }
        self.init(name: name, interval: try interval.positiveDuration())
        grace = try section.take("grace")?.duration() ?? .zero
        labels = try Self.texts(section.take("labels"))
        annotations = try Self.texts(section.take("annotations"))
        try section.finish()
        guard labels[Self.label] == nil, labels["alertname"] == nil else {
            throw value.error("labels: \(Self.label) and alertname are set by ktsdb")
        }
    }

    private static func texts(_ value: YAMLValue?) throws(ConfigurationError) -> NamedTexts {
        var texts: [(String, String)] = []
        for (name, value) in try value?.pairs() ?? [] {
            guard LabelName.isLegacy(name) else { throw value.error("\(goQuoted(name)) is not a valid label name") }
            texts.append((name, try value.string()))
        }
        return NamedTexts(texts)
    }
}

extension YAMLValue {
    fileprivate func positiveDuration() throws(ConfigurationError) -> Duration {
        let duration = try duration()
        guard duration >= .seconds(1) else { throw error("expected a duration of a second or more") }
        return duration
    }
}
