import Foundation
import KTSDBEngine
import KTSDBModel
import KTSDBScrape
import KTSDBServer
import Logging
import Testing

@Suite struct FlagTests {
    private static func options(
        _ arguments: [String] = [], _ variables: [String: String] = [:]
    ) throws(FlagError) -> ServerOptions {
        try ServerOptions(arguments: arguments) { variables[$0] }
    }

    private static func refusal(_ arguments: [String], _ variables: [String: String] = [:]) -> String? {
        do throws(FlagError) {
            _ = try options(arguments, variables)
            return nil
        } catch {
            return error.description
        }
    }

    @Test func `without flags all options have their defaults`() throws {
        let options = try Self.options()
        #expect(options.configurationFile == "prometheus.yml" && options.dataDirectory == "data/")
        #expect(options.retention().text == "15d" && options.durability == .interval(.seconds(1)))
        #expect(options.labelLimits == .standard)
        #expect(options.listenAddress.description == "0.0.0.0:9090" && options.routePrefix == "/")
        #expect(!options.enablesLifecycle && options.features == Features())
    }

    @Test func `flags are written with a sign or a blank, and the last of several counts`() throws {
        let options = try Self.options([
            "--config.file=a.yml", "--config.file", "b=c.yml", "--storage.tsdb.retention.time=30d",
            "--web.enable-lifecycle", "--web.enable-admin-api", "--no-web.enable-admin-api",
            "--storage.limit.label-name-bytes=2KB", "--storage.limit.labels-per-series=none", "--query.max-memory=0",
            "--enable-feature=a,exemplar-storage", "--enable-feature", "b", "--log.level=warn", "--log.format=json",
            "--web.external-url=http://example.org/x/", "--storage.durability=durable",
        ])
        #expect(options.configurationFile == "b=c.yml" && options.retention().text == "30d")
        #expect(options.enablesLifecycle && !options.enablesAdminAPI)
        #expect(options.labelLimits.nameBytes == 2048 && options.labelLimits.labelsPerSeries == nil)
        #expect(options.queryMaximumBytes == nil && options.durability == .durable)
        #expect(options.features.unknown == ["a", "b"] && options.features.names.count == 3)
        #expect(options.logLevel == .warning && options.logFormat == .json && options.routePrefix == "/x")
    }

    @Test func `the configuration takes precedence over flags of retention, limit by limit`() throws {
        func text(_ flags: [String], _ change: (inout RetentionSettings) -> Void) throws -> String {
            var section = RetentionSettings()
            change(&section)
            return try Self.options(flags).retention(section).text
        }
        let both = ["--storage.tsdb.retention.time=30d", "--storage.tsdb.retention.size=1GB"]
        #expect(try text(both) { _ in } == "30d or 1GiB")
        #expect(try text(both) { $0.time = .seconds(86_400) } == "1d or 1GiB")
        #expect(try text(both) { $0.size = 2 << 30 } == "30d or 2GiB")
        #expect(try text(both) { $0.percentage = 50 } == "30d or 1GiB or 50%")
        #expect(try text([]) { $0.percentage = 50 } == "50%")
        #expect(try text([]) { _ in } == "15d")
        #expect(try text([both[1]]) { _ in } == "1GiB")
    }

    @Test func `addresses to listen at come in one flag or in several`() throws {
        #expect(try Self.options(["--web.listen-address=:1"]).listenAddresses.map(\.description) == ["0.0.0.0:1"])
        let options = try Self.options(["--web.listen-address=:1,unix:/run/k", "--web.listen-address", "[::1]:2"])
        #expect(options.listenAddresses.map(\.description) == ["0.0.0.0:1", "unix:/run/k", "[::1]:2"])
        let variables = ["KTSDB_WEB_LISTEN_ADDRESS": "localhost:3,:4", "KTSDB_WEB_CONFIG_FILE": "web.yml"]
        let others = try Self.options([], variables)
        #expect(others.listenAddresses.map(\.description) == ["localhost:3", "0.0.0.0:4"])
        #expect(others.webConfigurationFile == "web.yml")
    }

    @Test func `the memory limit is a size or a part of the memory`() throws {
        func limit(_ text: String) throws -> Int? { try Self.options(["--storage.memory-limit=\(text)"]).memoryLimit }
        #expect(try limit("2GB") == 2 << 30 && limit("512MiB") == 512 << 20)
        #expect(try limit("none") == nil && limit("0") == nil)
        #expect(try limit("100%") == AvailableMemory.bytes)
        #expect(try limit("12.5%") == AvailableMemory.bytes / 8)
        #expect(try Self.options().memoryLimit == AvailableMemory.bytes / 10 * 9)
        for text in ["0%", "101%", "%", "-5%", "x", "nan%"] {
            let refusal = Self.refusal(["--storage.memory-limit=\(text)"])
            #expect(refusal?.contains("is invalid for '--storage.memory-limit") == true, "\(text)")
        }
    }

    static let refusals: [(arguments: [String], reason: String)] = [
        (["--no-such-flag=1"], "Unknown option '--no-such-flag'"), (["-x"], "Unknown option '-x'"),
        (["--config.fil=x"], "Unknown option '--config.fil'. Did you mean '--config.file'?"),
        (["--no-config.file"], "Unknown option '--no-config.file'. Did you mean '--config.file'?"),
        (["foo"], "Unexpected argument 'foo'"), (["--", "a"], "Unexpected argument 'a'"),
        (["--log.level=debug", "query", "functions"], "2 unexpected arguments: 'query', 'functions'"),
        (["--query.max-samples"], "Missing value for '--query.max-samples <query.max-samples>'"),
        (["--query.max-samples="], "Missing value for '--query.max-samples <query.max-samples>'"),
        (["--query.max-samples", "-1"], "Missing value for '--query.max-samples <query.max-samples>'"),
        (["--query.max-samples=-1"], "--query.max-samples must be more than 0"),
        (
            ["--web.external-url='http://a'"],
            "The value ''http://a'' is invalid for '--web.external-url <web.external-url>': "
                + "URL must not begin or end with quotes"
        ),
        (["--query.timeout=0s"], "--query.timeout must be more than 0"),
        (["--alertmanager.alerts.gc-interval=0s"], "--alertmanager.alerts.gc-interval must be more than 0"),
        (
            ["--alertmanager.data.maintenance-interval=0s"],
            "--alertmanager.data.maintenance-interval must be more than 0"
        ),
        (["--query.max-samples=x"], "The value 'x' is invalid for '--query.max-samples <query.max-samples>'"),
        (
            ["--web.listen-address=x"],
            "The value 'x' is invalid for '--web.listen-address <web.listen-address>': \"x\" is not HOST:PORT, :PORT or unix:PATH"
        ),
        (
            ["--log.level=x"],
            "The value 'x' is invalid for '--log.level <log.level>'. "
                + "Please provide one of 'debug', 'info', 'warn' or 'error'."
        ),
        (
            ["--storage.limit.labels-per-series=x"],
            "The value 'x' is invalid for '--storage.limit.labels-per-series <storage.limit.labels-per-series>': "
                + "\"x\" is neither a number nor `none`, which means no limit"
        ),
        (
            ["--web.enable-lifecycle=true"],
            "The option '--web.enable-lifecycle' does not take any value, but 'true' was specified."
        ),
    ]

    @Test(arguments: refusals)
    func `what is wrong with flags is said`(arguments: [String], reason: String) {
        #expect(Self.refusal(arguments) == reason)
    }

    @Test func `variables set what the command line does not`() throws {
        let variables = [
            "KTSDB_STORAGE_TSDB_PATH": "/a", "KTSDB_CONFIG_FILE": "/b", "KTSDB_WEB_ENABLE_ADMIN_API": "true",
            "KTSDB_WEB_ENABLE_LIFECYCLE": "1", "KTSDB_ENABLE_FEATURE": "x,y", "KTSDB_QUERY_TIMEOUT": "",
        ]
        let options = try Self.options(
            ["--config.file=/c", "--no-web.enable-lifecycle", "--enable-feature=z"], variables)
        #expect(options.dataDirectory == "/a" && options.configurationFile == "/c")
        #expect(options.enablesAdminAPI && !options.enablesLifecycle)
        #expect(options.features.names == ["z"] && options.queryTimeout == .seconds(120))
    }

    @Test func `a bad value names its variable`() {
        #expect(
            Self.refusal([], ["KTSDB_QUERY_TIMEOUT": "x"])
                == "The value 'x' is invalid for 'KTSDB_QUERY_TIMEOUT': not a valid duration string: \"x\"")
        #expect(Self.refusal([], ["KTSDB_QUERY_MAX_SAMPLES": "0"]) == "KTSDB_QUERY_MAX_SAMPLES must be more than 0")
        #expect(
            Self.refusal([], ["KTSDB_WEB_ENABLE_LIFECYCLE": "maybe"])
                == "The value 'maybe' is invalid for 'KTSDB_WEB_ENABLE_LIFECYCLE': \"maybe\" is neither true nor false")
        #expect(Self.refusal(["--query.timeout=1s"], ["KTSDB_QUERY_TIMEOUT": "x"]) == nil)
    }

    @Test func `each flag has a name and a variable of its own, and its default can be given`() throws {
        let flags = ServerFlags.all
        #expect(Set(flags.map(\.name)).count == flags.count && Set(flags.map(\.variable)).count == flags.count)
        for flag in flags {
            #expect(flag.help.hasSuffix("."), "\(flag.name)")
            #expect(flag.name.wholeMatch(of: /[a-z]+([.-][a-z]+)*/) != nil, "\(flag.name)")
            if flag.defaultText.isEmpty || flag.defaultText.contains(" ") { continue }
            #expect(Self.refusal([], [flag.variable: flag.defaultText]) == nil, "\(flag.name)")
        }
    }

    @Test func `the help has each flag and its variable`() {
        for flag in ServerFlags.all {
            #expect(FlagHelp.text.contains("  --\(flag.name)"), "\(flag.name)")
            #expect(FlagHelp.text.contains("[\(flag.variable)]"), "\(flag.name)")
        }
        // Only an option's name may be longer.
        for line in FlagHelp.text.split(separator: "\n") {
            #expect(line.count <= 80 || line.hasPrefix("  --") || !line.dropFirst(26).contains(" "), "\(line)")
        }
    }

    @Test func `the table in README is that of the flags`() throws {
        let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent().appending(path: "README.md")
        var text = try String(contentsOf: file, encoding: .utf8)
        if ProcessInfo.processInfo.environment["KTSDB_WRITE_DOCUMENTATION"] != nil {
            let start = try #require(text.firstRange(of: "| flag | default | meaning |\n")).lowerBound
            let end = text[start...].firstRange(of: "\n\n")?.lowerBound ?? text.endIndex
            text.replaceSubrange(start..<end, with: ServerFlags.table.dropLast())
            try text.write(to: file, atomically: true, encoding: .utf8)
        }
        for line in ServerFlags.table.split(separator: "\n") { #expect(text.contains("\(line)\n")) }
        #expect(
            text.contains("\n\n\(ServerFlags.table)\n"),
            "Run `KTSDB_WRITE_DOCUMENTATION=1 swift test --filter FlagTests` to write it again.")
    }
}
