import KTSDBNotify
import KTSDBScrape
import KTSDBServer
import Testing

@Suite struct AlertmanagerFlagTests {
    private func options(_ arguments: String...) throws -> AlertmanagerOptions {
        try ServerOptions(arguments: arguments) { _ in nil }.alertmanager
    }

    @Test func `flags may have the prefix, and the names that mean nothing in Prometheus may be without`() throws {
        let options = try options(
            "--alertmanager.config.file=am.yml", "--data.retention=240h", "--alertmanager.alerts.gc-interval", "10m",
            "--silences.max-silences=5", "--silences.max-per-silence-bytes=1KiB", "--dispatch.start-delay=1.5s",
            "--data.maintenance-interval=1d", "--alerts.per-alertname-limit=7", "--web.get-concurrency=3",
            "--web.timeout=2s", "--log.silences", "--alertmanager.web.listen-address=:9093",
            "--alertmanager.web.config.file=web.yml", "--alertmanager.web.external-url=http://example.org/am",
            "--alertmanager.enable-feature=classic-mode")
        #expect(options.configurationFile == "am.yml" && options.startDelay == .milliseconds(1500))
        #expect(options.settings.retention == .seconds(864_000))
        #expect(options.settings.maintenanceInterval == .seconds(86_400))
        #expect(options.settings.alertCollectionInterval == .seconds(600))
        #expect(
            options.settings.silenceLimits.silenceCountLimit == 5 && options.settings.silenceLimits.byteLimit == 1024)
        #expect(options.settings.alertsPerNameLimit == 7 && options.readConcurrency == 3)
        #expect(options.timeout == .seconds(2) && options.logsSilences && options.routePrefix == "/am")
        #expect(options.webConfigurationFile == "web.yml")
        #expect(options.listenAddress?.description == "0.0.0.0:9093" && options.features.syntax == .classic)
        #expect(options.warnings == [])
    }

    @Test func `the defaults are those of Alertmanager, with limits where it has none`() throws {
        let options = try options()
        #expect(options.settings == NotifierSettings() && options.listenAddress == nil && options.timeout == .zero)
        #expect(options.settings.retention == .seconds(432_000) && options.routePrefix == "/")
        let unlimited = try self.options("--silences.max-silences=0", "--alertmanager.web.get-concurrency=0")
        #expect(unlimited.settings.silenceLimits == Silences.Limits() && unlimited.readConcurrency == nil)
    }

    @Test func `flags that do nothing here are accepted and named`() throws {
        let options = try options(
            "--cluster.listen-address=", "--cluster.peer=other:9094", "--alertmanager.cluster.gossip-interval", "1s",
            "--storage.path=/data", "--cluster.allow-insecure-public-advertise-address-discovery",
            "--alertmanager.enable-feature=auto-gomaxprocs,nosuch")
        #expect(
            options.warnings == [
                "--cluster.peer: there is no cluster: a second notifier sends the same notifications again",
                "--cluster.gossip-interval: there is no cluster",
                "--storage.path: the notifier's state is in the database, at --storage.tsdb.path",
                "--cluster.allow-insecure-public-advertise-address-discovery: there is no cluster",
                "--alertmanager.enable-feature=auto-gomaxprocs: it has no meaning here",
                "--alertmanager.enable-feature=nosuch: unknown",
            ])
    }

    @Test(arguments: [
        ("--web.systemd-socket", "sockets of systemd are not taken over"),
        ("--alertmanager.web.timeout=soon", "not a valid duration string"),
        ("--alertmanager.nosuch=1", "Unknown option"),
    ])
    func `what cannot be served is refused`(_ argument: String, _ reason: String) {
        let error = #expect(throws: FlagError.self) { try options(argument) }
        #expect(error?.description.contains(reason) ?? false, "\(error?.description ?? "")")
    }

    @Test func `an empty configuration file is one without anything`() throws {
        let options = try ServerOptions(arguments: ["--config.file=", "--alertmanager.config.file="]) { _ in nil }
        #expect(options.configurationFile == "" && options.alertmanager.configurationFile == "")
        let files = try LoadedFiles(options)
        #expect(files.configuration.jobs.isEmpty)
        #expect(throws: FlagError.self) { try ServerOptions(arguments: ["--storage.tsdb.path="]) { _ in nil } }
    }
}
