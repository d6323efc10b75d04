import Testing

@Suite(.serialized) struct `Commands that ask a server` {
    @Test(
        .timeLimit(.minutes(1)),
        arguments: [
            ["alert", "explain", "A"], ["rules", "backtest", "--rule=A"], ["query", "explain", "up"],
        ])
    func `end at once if nobody listens there`(command: [String]) async throws {
        let (status, output) = try await ServerProcess.run(command + ["--server=http://127.0.0.1:1"])
        #expect(status == 1 && output.contains("cannot ask http://127.0.0.1:1: "), "\(output)")
    }
}
