import Foundation
import KTSDBModel
import ProcessTesting
import Testing

/// The program as an operator meets it: started, reloaded, stopped and killed.
@Suite(.serialized) struct `The program` {
    @Test func `prints its name and version`() async throws {
        let (status, output) = try await ServerProcess.run(["--version"])
        #expect(status == 0)
        #expect(output.hasPrefix("ktsdb, version "))
    }

    @Test func `takes the flags of the program whose name it has`() async throws {
        let server = try ServerProcess(), manager = FileManager.default
        func run(_ name: String, _ arguments: String...) async throws -> (status: Int32, output: String) {
            let link = server.directory.appendingPathComponent(name).path
            if !manager.fileExists(atPath: link) {
                try manager.createSymbolicLink(atPath: link, withDestinationPath: ServerProcess.program)
            }
            let output = try await ChildProcess.run(link, arguments, mergesErrors: true)
            return (output.status, output.output)
        }
        for name in ["prometheus", "alertmanager"] {
            let (status, output) = try await run(name, "--version")
            #expect(status == 0 && output.hasPrefix("\(name), version "), "\(output)")
        }
        let (status, output) = try await run(
            "alertmanager", "--config.file=/no/am.yml", "--storage.path=\(server.dataDirectory.path)",
            "--cluster.listen-address=")
        #expect(status == 1 && output.contains("/no/am.yml"), "\(output)")
        let (refused, reason) = try await run("prometheus", "--agent")
        #expect(refused == 2 && reason.contains("there is no agent mode"), "\(reason)")
        let (help, table) = try await ServerProcess.run(["help", "prometheus-flags"])
        #expect(help == 0 && table.hasPrefix("FLAG "))
    }

    @Test func `reads its files again when they change, if it is asked to`() async throws {
        let server = try ServerProcess(
            configuration: "scrape_configs: [{job_name: a}]\n",
            flags: ["--config.auto-reload", "--config.auto-reload-interval=1s"])
        try await server.startAndWait()
        #expect(try await server.status("/api/v1/scrape_pools/config?scrapePool=b") != 200)
        try "scrape_configs: [{job_name: b}]\n".write(
            to: server.configurationFile, atomically: true, encoding: .utf8)
        for _ in 0..<3_000 where try await server.status("/api/v1/scrape_pools/config?scrapePool=b") != 200 {
            try await Task.sleep(for: .milliseconds(10))
        }
        #expect(try await server.status("/api/v1/scrape_pools/config?scrapePool=b") == 200)
        server.kill(SIGTERM)
        #expect(try await server.waitForExit() == 0)
    }

    @Test func `says what is wrong with who may use it, and not the secret`() async throws {
        let server = try ServerProcess()
        let web = server.directory.appendingPathComponent("web.yml")
        try "basic_auth_users:\n  alice: verysecret\n".write(to: web, atomically: true, encoding: .utf8)
        try await Self.expectRefusal(server, ["--web.config.file=\(web.path)"], because: "\(web.path):2: crypto/bcrypt")
        let (_, output) = try await ServerProcess.run(server.flags + ["--web.config.file=\(web.path)"])
        #expect(!output.contains("verysecret"))
        try await Self.expectRefusal(
            server, ["--web.config.file=/no/web.yml"], because: "/no/web.yml: cannot read")
    }

    @Test func `refuses unknown flags`() async throws {
        let (status, output) = try await ServerProcess.run(["--no-such-flag=1"])
        #expect(status != 0)
        #expect(output.contains("--no-such-flag"))
    }

    @Test func `refuses a bad configuration at start, with file and line`() async throws {
        let server = try ServerProcess(configuration: "scrape_configs:\n  - job_name: a\n    no_such_field: 1\n")
        let (status, output) = try await ServerProcess.run(server.flags)
        #expect(status == 1)
        #expect(output.contains("\(server.configurationFile.path):3"))
        #expect(output.contains("no_such_field"))
    }

    /// Runs the program with flags of which the last ones count, and checks that it says why it does not start and no
    /// more.
    private static func expectRefusal(
        _ server: ServerProcess, _ flags: [String] = [], status expected: Int32 = 1, because reason: String
    ) async throws {
        let replaced = Set(flags.map { $0.prefix { $0 != "=" } } + ["--log.level"])
        let rest = server.flags.filter { !replaced.contains($0.prefix { $0 != "=" }) }
        let (status, output) = try await ServerProcess.run(rest + flags)
        #expect(status == expected, "\(output)")
        #expect(output.hasPrefix("ktsdb: ") && output.contains(reason), "\(output)")
        #expect(output.split(separator: "\n").count == 1, "\(output)")
    }

    @Test func `says why it does not start, and nothing else`() async throws {
        let running = try ServerProcess()
        try await running.startAndWait()
        let new = try ServerProcess()
        try await Self.expectRefusal(new, ["--query.max-samples=0"], status: 2, because: "--query.max-samples")
        try await Self.expectRefusal(new, ["--web.listen-address=nonsense"], status: 2, because: "nonsense")
        try await Self.expectRefusal(new, ["--config.file=/no/such.yml"], because: "/no/such.yml: cannot read")
        try await Self.expectRefusal(new, ["--web.cors.origin=("], because: "missing closing )")
        try await Self.expectRefusal(
            new, ["--web.listen-address=127.0.0.1:\(running.port)"],
            because: "cannot listen at 127.0.0.1:\(running.port): Address already in use")
        try await Self.expectRefusal(
            new, ["--web.listen-address=no-such-host.invalid:80"], because: "unknown host")
        try await Self.expectRefusal(
            new, ["--storage.tsdb.path=\(running.dataDirectory.path)"],
            because: "in use by process \(try #require(running.id))")
        try await Self.expectRefusal(new, ["--storage.tsdb.path=/proc/no"], because: "/proc/no")
        try await Self.expectRefusal(
            new, ["--storage.tsdb.path=\(running.configurationFile.path)"], because: running.configurationFile.path)
    }

    @Test(arguments: ["durable", "interval", "buffered"])
    func `stays up and stores nothing while its directory is gone, and says so when it ends`(durability: String)
        async throws
    {
        let server = try ServerProcess(flags: ["--storage.durability=\(durability)"])
        try await server.startAndWait()
        let start = Timestamp.now.milliseconds
        #expect(await server.write(3, metric: "m", at: start, value: 7))
        let moved = server.directory.appendingPathComponent("moved")
        try FileManager.default.moveItem(at: server.dataDirectory, to: moved)
        func wait(for status: Int) async throws {
            for _ in 0..<3_000 where try await server.status("/-/healthy") != status {
                try await Task.sleep(for: .milliseconds(10))
            }
            #expect(try await server.status("/-/healthy") == status)
        }
        // A durable write notices at once, the others within a second.
        if durability == "durable" {
            #expect(await !server.write(3, metric: "m", at: start + 1, value: 8))
        } else {
            try await wait(for: 503)
        }
        #expect(try await server.status("/-/healthy") == 503)
        for step in 2..<6 as Range<Int64> { #expect(await !server.write(3, metric: "m", at: start + step, value: 8)) }
        #expect(try await server.value("count(m)", at: start / 1000 + 1) == 3)
        #expect(try server.log.count { $0.contains("nothing is stored any more") } == 1)

        try FileManager.default.moveItem(at: moved, to: server.dataDirectory)
        try await wait(for: 200)
        #expect(await server.write(3, metric: "m", at: start + 10, value: 9))

        try FileManager.default.removeItem(at: server.dataDirectory)
        try await wait(for: 503)
        #expect(try server.log.count { $0.contains("nothing is stored any more") } == 2)
        server.kill(SIGTERM)
        #expect(try await server.waitForExit() == 4)
        #expect(!FileManager.default.fileExists(atPath: server.dataDirectory.path))
    }

    @Test func `takes variables for the flags that are not given, and says which one is wrong`() async throws {
        let server = try ServerProcess()
        let (status, output) = try await ServerProcess.run(
            server.flags, environment: ["KTSDB_QUERY_TIMEOUT": "soon", "KTSDB_CONFIG_FILE": "/no/such.yml"])
        #expect(status == 2)
        #expect(output.hasPrefix("ktsdb: The value 'soon' is invalid for 'KTSDB_QUERY_TIMEOUT'"), "\(output)")
        let (missing, reason) = try await ServerProcess.run(
            server.flags, environment: ["KTSDB_KTSDB_CONFIG_FILE": "/no/such.yml"])
        #expect(missing == 1 && reason.contains("/no/such.yml: cannot read"), "\(reason)")
        let (help, text) = try await ServerProcess.run(["--help"])
        #expect(help == 0 && text.contains("[KTSDB_QUERY_TIMEOUT]"))
    }

    @Test func `keeps the old configuration when a reload fails`() async throws {
        let server = try ServerProcess(configuration: "global:\n  scrape_interval: 30s\n")
        try await server.startAndWait()
        try "global:\n  scrape_interval: nonsense\n".write(
            to: server.configurationFile, atomically: true, encoding: .utf8)
        server.kill(SIGHUP)
        func isLogged() throws -> Bool { try server.log.contains { $0.contains("configuration not loaded") } }
        for _ in 0..<3_000 where try !isLogged() { try await Task.sleep(for: .milliseconds(10)) }
        #expect(try isLogged())
        #expect(try await server.status("/-/ready") == 200)
        #expect(server.isRunning)
    }

    @Test func `stops on SIGTERM with status 0 and has everything at the next start`() async throws {
        let server = try ServerProcess()
        try await server.startAndWait()
        let now = Timestamp.now.milliseconds
        #expect(await server.write(50, metric: "m", at: now, value: 7))
        server.kill(SIGTERM)
        #expect(try await server.waitForExit() == 0)
        try await server.startAndWait()
        #expect(try await server.value("sum(m)", at: now / 1000 + 1) == 350)
    }

    @Test func `stops at once while a query runs, which ends without an answer`() async throws {
        let server = try ServerProcess()
        try await server.startAndWait()
        let query = "quantile_over_time(0.5,vector(1)%5B1000000s:1s%5D)&start=0&end=100000&step=10"
        async let status = server.status("/api/v1/query_range?query=\(query)")
        try await Task.sleep(for: .milliseconds(500))
        server.kill(SIGTERM)
        #expect(try await server.waitForExit() == 0)
        #expect(try await status == 499)
    }

    @Test func `explains queries of a server and of a directory, and starts with an empty list of running ones`()
        async throws
    {
        let server = try ServerProcess()
        try await server.startAndWait()
        let now = Timestamp.now.milliseconds
        #expect(await server.write(5, metric: "m", at: now, value: 7))
        let time = "\(now / 1000 + 1)", selector = #"{__name__="m"}"#
        let (status, output) = try await ServerProcess.run(
            ["query", "explain", "--server", "http://127.0.0.1:\(server.port)/", "--time", time, "sum(m)"])
        #expect(status == 0 && output.contains("own time") && output.contains(selector), "\(output)")
        let (refused, reason) = try await ServerProcess.run(
            ["query", "explain", "--server", "http://127.0.0.1:\(server.port)", "sum("])
        #expect(refused == 1 && reason.contains("unclosed left parenthesis"), "\(reason)")
        let directory = server.dataDirectory.path
        let (busy, lock) = try await ServerProcess.run(["query", "explain", "--data", directory, "m"])
        #expect(busy == 1 && lock.contains("in use by process"), "\(lock)")
        server.kill(SIGTERM)
        _ = try await server.waitForExit()
        let (again, table) = try await ServerProcess.run(
            ["query", "explain", "--data", directory, "--time", time, "sum(m)"])
        #expect(again == 0 && table.contains(selector) && table.contains("own time"), "\(table)")
        let (missing, message) = try await ServerProcess.run(["query", "explain", "--data", directory + "/none", "m"])
        #expect(missing == 1 && message.contains("does not exist"), "\(message)")
        // As a process leaves it that dies while a query runs.
        let object = #"{"query":"slow(x)","timestamp_sec":1}"#
        try ("[" + object + String(repeating: "\0", count: 999 - object.utf8.count) + ",").write(
            to: server.dataDirectory.appendingPathComponent("queries.active"), atomically: false, encoding: .utf8)
        try await server.startAndWait()
        let list = try Data(contentsOf: server.dataDirectory.appendingPathComponent("queries.active"))
        #expect(list.count == 20_001 && list.allSatisfy { $0 == 0 || $0 == UInt8(ascii: "[") })
    }

    @Test func `refuses a directory that is in use, and one that it cannot write`() async throws {
        let server = try ServerProcess()
        try await server.startAndWait()
        let (status, output) = try await ServerProcess.run(
            server.flags.map { $0.hasPrefix("--web.listen-address") ? "--web.listen-address=127.0.0.1:0" : $0 })
        #expect(status == 1)
        #expect(output.contains("in use by process \(try #require(server.id))"))

        let other = try ServerProcess()
        try Data("a file".utf8).write(to: other.dataDirectory)
        let (failed, text) = try await ServerProcess.run(other.flags)
        #expect(failed == 1)
        #expect(text.contains(other.dataDirectory.path))
    }

    @Test func `lives on when clients want more connections than it has descriptors, or says that it has too few`()
        async throws
    {
        let few = try ServerProcess()
        let (status, output) = try await ServerProcess.run(few.flags, limitingFiles: 30)
        #expect(status == 1 && output.contains("ulimit -n"), "\(output)")
        let server = try ServerProcess()
        try await server.startAndWait(limitingFiles: 40 + 6 * ProcessInfo.processInfo.activeProcessorCount + 16)
        var connections: [RawConnection] = []
        for _ in 0..<300 {
            let connection = try await RawConnection(server.port)
            try await connection.send("GET /-/healthy HTTP/1.1\r\nHost: a\r\n\r\n")
            connections.append(connection)
        }
        #expect(try await server.status("/-/ready") == 200)
        #expect(await server.write(5, metric: "m", at: Timestamp.now.milliseconds, value: 7))
        for connection in connections { await connection.close() }
        server.kill(SIGTERM)
        #expect(try await server.waitForExit() == 0)
    }

    @Test func `has every acknowledged sample after each of twenty kills`() async throws {
        let server = try ServerProcess(
            configuration: """
                global:
                  scrape_interval: 1s
                scrape_configs:
                  - job_name: self
                    static_configs:
                      - targets: ["127.0.0.1:1"]
                """)
        let start = Timestamp.now.milliseconds - 600_000
        /// Commits acknowledged, by metric; each has 20 series.
        let acknowledged = Shared<[String: Int]>([:])
        var slowest = Duration.zero
        for round in 0..<20 {
            let took = try await server.startAndWait()
            slowest = max(slowest, took)
            for (metric, count) in acknowledged.withLock({ $0 }) {
                let stored = try await server.value(
                    "min(count_over_time(\(metric)[1h]))", at: Timestamp.now.milliseconds / 1000 + 1)
                // A commit that was under way may have been stored without its acknowledgement.
                #expect(stored ?? 0 >= Double(count), "round \(round), \(metric)")
                #expect(stored ?? 0 <= Double(count + 20), "round \(round), \(metric)")
            }
            let delay = Int.random(in: 20...250)
            await withTaskGroup(of: Void.self) { group in
                for lane in 0..<2 {
                    group.addTask {
                        for step in 0..<200 {
                            let time = start + Int64(round) * 10_000 + Int64(step) * 40
                            guard await server.write(20, metric: "lane\(lane)", at: time, value: 1) else { return }
                            acknowledged.withLock { $0["lane\(lane)", default: 0] += 1 }
                        }
                    }
                }
                group.addTask {
                    try? await Task.sleep(for: .milliseconds(delay))
                    server.kill(SIGKILL)
                }
            }
            _ = try await server.waitForExit()
        }
        #expect(acknowledged.withLock { $0.values.reduce(0, +) } > 20)
        print("ready after a kill in \(slowest) at the most, in a debug build")
    }
}

/// Peers from Debian's packages: promtool asks, and a node exporter is scraped.
@Suite struct `The program and its peers` {
    static func find(_ program: String) -> String? {
        ["/usr/bin", "/usr/local/bin"].map { "\($0)/\(program)" }.first {
            FileManager.default.isExecutableFile(atPath: $0)
        }
    }

    private static let promtool = find("promtool"), exporter = find("prometheus-node-exporter")
    /// Their absence is a failure where they are required, else a skip that shows.
    private static let isRequired = ProcessInfo.processInfo.environment["KTSDB_REQUIRE_PEERS"] != nil

    /// A library that sets variables before the program starts.
    private static let preloadable = ["x86_64", "aarch64"].map {
        "/usr/lib/\($0)-linux-gnu/faketime/libfaketimeMT.so.1"
    }.first { FileManager.default.fileExists(atPath: $0) }

    @Test(.enabled(if: isRequired || preloadable != nil, "libfaketime is not installed"))
    func `finds its flags when a preloaded library has moved the environment`() async throws {
        let library = try #require(Self.preloadable)
        let (status, output) = try await ServerProcess.run(
            ["--no-such-flag=1"] + (0..<10).map { "--storage.tsdb.path=/no/such/path/\($0)" },
            environment: ["LD_PRELOAD": library, "FAKETIME": "+1h"])
        #expect(status != 0 && output.contains("--no-such-flag"))
    }

    @Test(
        .enabled(
            if: isRequired || promtool != nil && exporter != nil,
            "promtool and prometheus-node-exporter are not installed"))
    func `answers promtool with what a node exporter shows`() async throws {
        let promtool = try #require(Self.promtool), exporter = try #require(Self.exporter)
        let port = 19_100 + Int.random(in: 0..<500)
        let node = try ChildProcess(
            exporter,
            [
                "--web.listen-address=127.0.0.1:\(port)", "--collector.disable-defaults", "--collector.uname",
                "--collector.filesystem",
            ])
        defer { node.signal(SIGKILL) }
        let server = try ServerProcess(
            configuration: """
                global:
                  scrape_interval: 1s
                scrape_configs:
                  - job_name: node
                    static_configs:
                      - targets: ["127.0.0.1:\(port)"]
                """)
        try await server.startAndWait()
        var found: Double?
        for _ in 0..<100 where found != 1 {
            try await Task.sleep(for: .milliseconds(100))
            found = try await server.value("up{job=\"node\"}", at: Timestamp.now.milliseconds / 1000 + 1)
        }
        #expect(found == 1)

        let url = "http://127.0.0.1:\(server.port)"
        let instant = try await Self.output(promtool, ["query", "instant", url, "up"])
        #expect(instant.contains("up{instance=\"127.0.0.1:\(port)\", job=\"node\"} => 1"))
        let now = Timestamp.now.milliseconds / 1000
        let range = try await Self.output(
            promtool,
            ["query", "range", "--start=\(now - 10)", "--end=\(now + 1)", "--step=1s", url, "node_uname_info"])
        #expect(range.contains("node_uname_info{"))

        // Values equal the exporter's page.
        let page = try await Self.output("/usr/bin/env", ["curl", "-s", "http://127.0.0.1:\(port)/metrics"])
        let sizes = page.split(separator: "\n").filter { $0.hasPrefix("node_filesystem_size_bytes{") }
        let expected = sizes.compactMap { Double($0.split(separator: " ").last ?? "") }.reduce(0, +)
        try #require(!page.isEmpty, "curl is missing")
        #expect(try await server.value("sum(node_filesystem_size_bytes)", at: now + 1) == expected)
    }

    static func output(_ program: String, _ arguments: [String]) async throws -> String {
        try await ChildProcess.run(program, arguments, mergesErrors: true).output
    }
}
