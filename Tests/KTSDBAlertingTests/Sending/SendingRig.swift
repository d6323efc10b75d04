import Foundation
import KTSDBConfiguration
import KTSDBModel
import KTSDBScrape
import KTSDBTesting
import Logging
import Synchronization
import Testing

@testable import KTSDBAlerting
@testable import KTSDBRules

/// A sender, and what it logs.
struct SendingRig {
    let log = SendingLog()
    let sender: AlertmanagerSender

    init(_ change: (inout SendingOptions) -> Void = { _ in }) {
        var options = SendingOptions(version: "test")
        options.sourcePollInterval = .seconds(3600)
        // Other tests may hold all threads for a while.
        options.drainLimit = .seconds(3600)
        change(&options)
        let log = log
        sender = AlertmanagerSender(options, logger: Logger(label: "test") { _ in log.handler })
    }

    /// Applies the section `alerting` of a configuration.
    func apply(
        _ alerting: String, isSelf: @escaping @Sendable (String, Int) -> Bool = { _, _ in false }
    ) async throws {
        await sender.apply(try Configuration.parse("alerting: {\(alerting)}", path: "/p.yml"), isSelf: isSelf)
    }

    /// Applies a configuration with one entry, which finds these peers. Requests may take long where nothing else is
    /// said, as other tests may hold all threads for a while.
    func apply(_ peers: StubAlertmanager..., settings: String = "") async throws {
        let targets = peers.map { "'\($0.address)'" }.joined(separator: ", ")
        let settings = settings.contains("timeout:") ? settings : settings + "timeout: 1h,"
        try await apply("alertmanagers: [{\(settings) static_configs: [{targets: [\(targets)]}]}]")
    }

    /// The value of a metric of an Alertmanager; the one without labels if no address is given.
    func metric(_ name: String, _ url: String? = nil, suffix: String = "") -> Double? {
        sender.selfMetrics().first { $0.name == "prometheus_notifications_" + name }?.points.first { point in
            point.suffix == suffix && (url == nil || point.labels.contains { $0.value == url })
        }?.value
    }

    /// What is counted of an Alertmanager; nothing if it is not in the configuration. Cheaper than metrics.
    func figures(_ stub: StubAlertmanager) -> PeerFigures {
        let peer = sender.state.withLock { $0.sets }.flatMap(\.peers).first { $0.address.url == stub.url }
        return peer?.figures ?? PeerFigures()
    }

    static func alert(_ name: String, _ labels: Labels = [:], annotations: NamedTexts = [:]) -> OutgoingAlert {
        let labels = labels.setting("alertname", to: name)
        let due = DueAlert(
            group: GroupKey(file: "", name: "g"), rule: name, expression: "up == 0", labels: labels,
            annotations: annotations, startsAt: PreciseTime(nanoseconds: 1_795_904_577_928_035_106),
            endsAt: PreciseTime(nanoseconds: 1_795_904_817_928_035_106), isResolved: false, value: 1)
        return OutgoingAlert(due, labels: labels, externalURL: "http://p:9090")
    }

    static func alerts(_ count: Int, _ prefix: String = "A") -> [OutgoingAlert] {
        (0..<count).map { alert("\(prefix)\($0)") }
    }
}

/// The lines that were logged, with their metadata.
final class SendingLog: Sendable {
    private let content = Mutex<[String]>([])

    var lines: [String] { content.withLock { $0 } }

    func lines(with text: String) -> [String] { lines.filter { $0.contains(text) } }

    var handler: any LogHandler { Handler(log: self) }

    private struct Handler: LogHandler {
        let log: SendingLog
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.debug

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let all = metadata.merging(event.metadata ?? [:]) { $1 }.sorted { $0.key < $1.key }
            let line = "\(event.level) \(event.message)" + all.map { " \($0.key)=\($0.value)" }.joined()
            log.content.withLock { $0.append(line) }
        }
    }
}

/// Waits until `isTrue`, which must come true within two minutes of pauses: other tests may keep this one from running.
///
/// A pause is ten times as long as the question took, so that a costly one does not keep others from making it true.
func eventually(_ isTrue: () throws -> Bool, sourceLocation: SourceLocation = #_sourceLocation) async throws {
    var isOver = false, waited = Duration.zero
    while waited < .seconds(120) {
        let cost = try ContinuousClock().measure { isOver = try isTrue() }
        if isOver { return }
        let pause = max(.milliseconds(5), cost * 10)
        try await Task.sleep(for: pause)
        waited += pause
    }
    try #require(try isTrue(), "waited in vain", sourceLocation: sourceLocation)
}

extension TemporaryDirectory {
    /// Writes a file anew, as a whole.
    func put(_ text: String, in name: String) throws {
        try text.write(toFile: path + "/" + name, atomically: true, encoding: .utf8)
    }
}
