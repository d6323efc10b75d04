import KTSDBScrape
import KTSDBServer
import Logging
import Testing

@Suite struct `Flags of Prometheus` {
    /// All flags of Prometheus 2.48, as its source declares them.
    private static let old = """
        alertmanager.notification-queue-capacity alertmanager.timeout config.file enable-feature help
        log.format log.level query.lookback-delta query.max-concurrency query.max-samples query.timeout
        rules.alert.for-grace-period rules.alert.for-outage-tolerance rules.alert.resend-delay
        scrape.adjust-timestamps scrape.discovery-reload-interval scrape.timestamp-tolerance
        storage.agent.no-lockfile storage.agent.path storage.agent.retention.max-time
        storage.agent.retention.min-time storage.agent.wal-compression storage.agent.wal-compression-type
        storage.agent.wal-segment-size storage.agent.wal-truncate-frequency storage.remote.flush-deadline
        storage.remote.read-concurrent-limit storage.remote.read-max-bytes-in-frame storage.remote.read-
        sample-limit storage.tsdb.allow-overlapping-blocks storage.tsdb.head-chunks-write-queue-size
        storage.tsdb.max-block-chunk-segment-size storage.tsdb.max-block-duration storage.tsdb.min-block-
        duration storage.tsdb.no-lockfile storage.tsdb.path storage.tsdb.retention
        storage.tsdb.retention.size storage.tsdb.retention.time storage.tsdb.samples-per-chunk
        storage.tsdb.wal-compression storage.tsdb.wal-compression-type storage.tsdb.wal-segment-size version
        web.config.file web.console.libraries web.console.templates web.cors.origin web.enable-admin-api
        web.enable-lifecycle web.enable-remote-write-receiver web.external-url web.listen-address web.max-
        connections web.page-title web.read-timeout web.route-prefix web.user-assets write-documentation
        """
    /// All flags of Prometheus 3.14, as its source declares them.
    private static let new = """
        agent alertmanager.drain-notification-queue-on-shutdown alertmanager.notification-batch-size
        alertmanager.notification-queue-capacity auto-gomaxprocs auto-gomemlimit auto-gomemlimit.ratio auto-
        gomemlimit.refresh-interval config.auto-reload config.auto-reload-interval config.file enable-
        feature help log.format log.level query.lookback-delta query.max-concurrency query.max-samples
        query.timeout rules.alert.for-grace-period rules.alert.for-outage-tolerance rules.alert.resend-delay
        rules.max-concurrent-evals scrape.adjust-timestamps scrape.discovery-reload-interval
        scrape.timestamp-tolerance storage.agent.checkpoint-batch-size storage.agent.checkpoint-from-in-
        memory-series storage.agent.no-lockfile storage.agent.path storage.agent.retention.max-time
        storage.agent.retention.min-time storage.agent.wal-compression storage.agent.wal-compression-type
        storage.agent.wal-segment-size storage.agent.wal-truncate-frequency storage.remote.flush-deadline
        storage.remote.read-concurrent-limit storage.remote.read-max-bytes-in-frame storage.remote.read-
        sample-limit storage.tsdb.allow-overlapping-compaction storage.tsdb.block-reload-interval
        storage.tsdb.delay-compact-file.path storage.tsdb.delayed-compaction.max-percent storage.tsdb.head-
        chunks-write-queue-size storage.tsdb.max-block-chunk-segment-size storage.tsdb.max-block-duration
        storage.tsdb.min-block-duration storage.tsdb.no-lockfile storage.tsdb.path
        storage.tsdb.retention.size storage.tsdb.retention.time storage.tsdb.samples-per-chunk
        storage.tsdb.wal-compression storage.tsdb.wal-compression-type storage.tsdb.wal-segment-size version
        web.config.file web.console.libraries web.console.templates web.cors.origin web.enable-admin-api
        web.enable-lifecycle web.enable-otlp-receiver web.enable-remote-write-receiver web.external-url
        web.listen-address web.max-connections web.max-notifications-subscribers web.page-title web.read-
        timeout web.remote-write-receiver.accepted-protobuf-messages web.route-prefix web.search.max-limit
        web.user-assets write-documentation
        """

    private static func names(_ text: String) -> Set<String> {
        // Long names are broken at their hyphens.
        Set(text.replacing(/-\s+/, with: "-").split(whereSeparator: \.isWhitespace).map(String.init))
    }

    private static func options(_ arguments: String...) throws(FlagError) -> ServerOptions {
        try ServerOptions(arguments: arguments) { _ in nil }
    }

    @Test func `are all in the table, with their versions`() {
        let old = Self.names(Self.old), new = Self.names(Self.new), all = PrometheusFlags.all
        #expect(Set(all.map(\.name)) == old.union(new) && Set(all.map(\.name)).count == all.count)
        for flag in all {
            let isOld = flag.versions != .new, isNew = flag.versions != .old
            #expect(isOld == old.contains(flag.name) && isNew == new.contains(flag.name), "\(flag.name)")
        }
    }

    @Test func `that are served are flags of the server, and the others are not`() throws {
        let own = Set(ServerFlags.all.map(\.name))
        for flag in PrometheusFlags.all where !["help", "version", "storage.tsdb.retention"].contains(flag.name) {
            #expect((flag.fate == .served) == own.contains(flag.name), "\(flag.name)")
        }
        #expect(try Self.options("--storage.tsdb.retention=3d").retention().text == "3d")
    }

    @Test func `that do nothing are accepted and named`() throws {
        let options = try Self.options(
            "--web.console.templates=/etc/consoles", "--web.page-title", "Mine", "--storage.tsdb.no-lockfile",
            "--no-storage.tsdb.wal-compression", "--no-agent", "--web.enable-lifecycle")
        #expect(
            options.warnings == [
                "--web.console.templates: there are no consoles", "--web.page-title: pages have titles of their own",
                "--storage.tsdb.no-lockfile: the data directory is always locked",
                "--storage.tsdb.wal-compression: blocks and log have a layout of their own",
            ])
        #expect(options.enablesLifecycle)
    }

    @Test(arguments: ["--agent", "--storage.agent.path=x", "--web.enable-otlp-receiver"])
    func `that cannot be served are refused with the reason`(argument: String) {
        let error = #expect(throws: FlagError.self) { try Self.options(argument) }
        #expect(error?.description.hasPrefix("Prometheus' flag '--") == true)
    }

    @Test func `are printed in a table`() {
        let lines = PrometheusFlags.table.split(separator: "\n")
        #expect(lines.count == PrometheusFlags.all.count + 1 && lines[0].hasPrefix("FLAG "))
        #expect(lines.contains { $0.hasPrefix("--config.file ") && $0.hasSuffix(" served") })
        #expect(lines.contains { $0.hasPrefix("--agent ") && $0.contains(" refused  there is no agent mode") })
    }

    @Test func `of an Alertmanager are taken when the program has its name`() throws {
        #expect(ProgramName(argument: "/usr/bin/prometheus") == .prometheus)
        #expect(ProgramName(argument: "alertmanager") == .alertmanager && ProgramName(argument: "ktsdb") == nil)
        let arguments = [
            "--config.file=/etc/am.yml", "--storage.path", "/data", "--web.listen-address=:1", "--data.retention=1h",
            "--cluster.listen-address=", "--log.level=debug", "--no-log.silences",
        ]
        let program = try #require(ProgramName(argument: "./alertmanager"))
        let options = try ServerOptions(arguments: program.serverArguments(arguments) { _ in nil }) { _ in nil }
        #expect(options.configurationFile == "" && options.alertmanager.configurationFile == "/etc/am.yml")
        #expect(options.dataDirectory == "/data" && options.listenAddresses.map(\.port) == [1])
        #expect(options.alertmanager.retention == .seconds(3600) && options.logLevel == .debug)
        #expect(options.enablesLifecycle && options.alertmanager.listenAddresses.isEmpty)
        let plain = try ServerOptions(arguments: program.serverArguments([]) { _ in nil }) { _ in nil }
        #expect(plain.listenAddress.port == 9093 && plain.alertmanager.configurationFile == "alertmanager.yml")
        #expect(ProgramName.prometheus.serverArguments(arguments) { _ in nil } == arguments)
    }
}
