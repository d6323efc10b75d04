import KTSDBConfiguration
import KTSDBModel
import KTSDBScrape
import Logging
import Testing

/// A manager whose targets come from discoveries and are never scraped, because the test's clock stands still.
struct DiscoveryRig {
    let manager: ScrapeManager
    let log = DiscoveryLog()

    init(_ adjust: (inout DiscoveryOptions) -> Void = { _ in }) {
        var options = DiscoveryOptions()
        options.kubernetesAddress = nil
        options.firstPause = .milliseconds(5)
        options.longestPause = .milliseconds(20)
        adjust(&options)
        let recording = RecordingIngest.Log(), log = log
        manager = ScrapeManager(
            clock: ManualClock(), logger: Logger(label: "test") { _ in log.handler }, discovery: options
        ) { target, _ in RecordingIngest(target, log: recording) }
    }

    /// Applies one job named `j` with these fields, each on a line of its own.
    func apply(_ fields: String) async throws {
        let text = fields.split(separator: "\n").map { "  \($0)\n" }.joined()
        await manager.apply(try Configuration.parse("scrape_configs:\n- job_name: j\n\(text)", path: "prometheus.yml"))
    }

    /// The URLs of the targets, sorted.
    var urls: [String] { manager.targets().active.map(\.scrapeURL).sorted() }

    /// The labels of the targets before relabelling, by address.
    var discovered: [String: Labels] {
        Dictionary(
            manager.targets().active.map { ($0.discoveredLabels["__address__"] ?? "", $0.discoveredLabels) }
        ) { $1 }
    }

    /// The value of a metric, whose labels have these values; nil if there is no such point.
    func metric(_ name: String, _ values: String...) -> Double? {
        manager.selfMetrics().first { $0.name == name }?.points.first { $0.labels.map(\.value) == values }?.value
    }

    func end() async { await manager.stop() }
}
