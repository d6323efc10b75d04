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
}
