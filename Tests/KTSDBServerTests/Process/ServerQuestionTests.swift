import Testing

@Suite(.serialized) struct `Commands that ask a server` {
    @Test(
        .timeLimit(.minutes(1)),
        arguments: [
            ["alert", "explain", "A"], ["rules", "backtest", "--rule=A"], ["query", "explain", "up"],
        ])
    func `end at once if nobody listens there`(command: [String]) async throws {
        let (status, output) = try await ServerProcess.run(command + ["--server=http://127.0.0.1:1"])
        let reason = "cannot ask http://127.0.0.1:1: nothing listens there (connection refused). "
        #expect(status == 1 && output.hasPrefix("ktsdb: " + reason), "\(output)")
        #expect(output.contains("--server") && !output.contains("errno"), "\(output)")
    }

    @Test(
        .timeLimit(.minutes(1)),
        arguments: [
            ("http://localhost:1", "nothing listens there (connection refused)"),
            ("localhost:9090", "that is not the URL of a server. Write it as http://HOST:PORT."),
        ])
    func `say in words what is wrong with a server`(address: String, reason: String) async throws {
        let (status, output) = try await ServerProcess.run(["query", "explain", "up", "--server=\(address)"])
        #expect(status == 1 && output.hasPrefix("ktsdb: cannot ask \(address): \(reason)"), "\(output)")
        #expect(!output.contains("errno") && !output.contains("NIO"), "\(output)")
    }

    @Test(
        .timeLimit(.minutes(1)),
        arguments: [
            ["alert", "query", "--server=http://127.0.0.1:1"], ["silence", "query", "--server", "http://127.0.0.1:1"],
            ["routes", "--server=http://127.0.0.1:1"], ["alert", "query", "--alertmanager.url=http://127.0.0.1:1"],
            ["alert", "explain", "A", "--alertmanager.url=http://127.0.0.1:1"],
            ["check", "ready", "--server=http://127.0.0.1:1"], ["check", "ready", "--url=http://127.0.0.1:1"],
        ])
    func `take the server's name, and amtool's name of it`(command: [String]) async throws {
        let (status, output) = try await ServerProcess.run(command)
        #expect(status == 1 && output.contains("connection refused") && output.contains("127.0.0.1:1"), "\(output)")
    }

    @Test func `say so in their help`() async throws {
        let (status, help) = try await ServerProcess.run(["routes", "test", "--help"])
        #expect(status == 0 && help.hasPrefix("usage: ktsdb routes test"), "\(help)")
        #expect(help.contains("--server=SERVER ") && help.contains("--allow-unset "), "\(help)")
        #expect(!help.contains("alertmanager.url"), "\(help)")
        let (own, amtool) = try await ServerProcess.run(["amtool", "config", "routes", "test", "--help"])
        #expect(own == 0 && amtool.contains("--alertmanager.url=") && !amtool.contains("--server"), "\(amtool)")
    }

    @Test func `end with 1 for wrong arguments, as promtool and amtool do`() async throws {
        for arguments in [
            ["check", "rules", "--nosuch"], ["query", "explain"], ["alert", "query", "--nosuch"], ["notify", "nosuch"],
            ["notify", "test", "--receiver=a", "--allow-unset"], ["promtool", "check", "rules", "--nosuch"],
        ] {
            let (status, output) = try await ServerProcess.run(arguments)
            #expect(status == 1 && !output.isEmpty, "\(arguments): \(output)")
        }
    }
}
