import Foundation
import KTSDBAlerting
import KTSDBEngine
import KTSDBModel
import KTSDBNotify
import KTSDBScrape
import KTSDBServer
import KTSDBTools
import Logging
import NIOCore
import ProcessTesting
import Testing

/// The packaged amtool, and a server that listens for it where an Alertmanager would.
struct AmtoolPeer: Sendable {
    let port: Int

    static let program = "/usr/bin/amtool"

    /// What version 0.25 can read, too.
    static let configuration = NotifyingServer.configuration.replacing(", labels: {shift: night}", with: "")

    /// Runs `body` with a server; a missing amtool is printed, and fails where peers are required.
    static func run(_ body: @escaping @Sendable (AmtoolPeer) async throws -> Void) async throws {
        guard FileManager.default.isExecutableFile(atPath: program) else {
            #expect(ProcessInfo.processInfo.environment["KTSDB_REQUIRE_PEERS"] == nil, "amtool is not installed")
            return print("skipped: amtool is not installed (apt-get install prometheus-alertmanager)")
        }
        try await TestServer.turns.withTurn(within: .seconds(86_400)) { try await serve(body) }
    }

    private static func serve(_ body: @escaping @Sendable (AmtoolPeer) async throws -> Void) async throws {
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        var options = ServerOptions()
        options.readTimeout = .seconds(86_400)
        let state = try ServerState(options, LoadedFiles(try .parse("", path: "test.yml")), logger: logger)
        let database = Database.inMemory()
        state.becomeReady(database, ScrapeManager(database: database, logger: logger, version: "test"))
        let service = try NotifyingServer.service(database, configuration)
        state.alertmanager.serve(service)
        let (ports, port) = AsyncStream.makeStream(of: Int.self)
        let listener = Listener.alertmanager(state, at: [ListenAddress(host: "127.0.0.1", port: 0)]) {
            port.yield($0[0].port)
        }
        let running = Task { try await listener.run() }
        var iterator = ports.makeAsyncIterator()
        let peer = AmtoolPeer(port: await iterator.next() ?? 0)
        let result: Result<Void, any Error>
        do { result = .success(try await body(peer)) } catch { result = .failure(error) }
        running.cancel()
        try await running.value
        await service.stop()
        try result.get()
    }

    private var address: String { "http://127.0.0.1:\(port)" }

    /// Where nobody listens.
    static let nowhere = AmtoolPeer(port: 1)

    /// What a program printed, and its exit code.
    struct Output: Equatable, Sendable {
        var output: String
        var errors: String
        var code: Int32
    }

    /// Runs the packaged amtool.
    func amtool(_ arguments: String..., input: String = "") async throws -> Output {
        try await amtool(arguments, input: input)
    }

    private func amtool(_ arguments: [String], input: String) async throws -> Output {
        let printed = try await ChildProcess.run(
            Self.program, ["--alertmanager.url=\(address)", "--no-version-check"] + arguments, input: input)
        return Output(output: printed.output, errors: printed.errors, code: printed.status)
    }

    /// Runs the same command of ours, over HTTP as well.
    func own(_ arguments: String..., input: String = "") async -> Output { await own(arguments, input: input) }

    private func own(_ arguments: [String], input: String) async -> Output {
        let environment = AmtoolEnvironment(
            program: "amtool", files: ToolFiles(input: { () throws(ToolFileError) in Array(input.utf8) }),
            userName: NSUserName(), now: WallTime(milliseconds: Timestamp.now.milliseconds),
            presets: ["alertmanager.url": address], connect: HTTPAlertmanager.connect)
        let output = await OwnThread.run { AmtoolCommand.run(arguments, environment) }
        return Output(output: output.output, errors: output.errors, code: output.code)
    }

    /// Checks that both programs print the same.
    func expectSame(_ arguments: String..., sourceLocation: SourceLocation = #_sourceLocation) async throws {
        let (theirs, ours) = (try await amtool(arguments, input: ""), await own(arguments, input: ""))
        #expect(ours == theirs, "\(arguments)", sourceLocation: sourceLocation)
    }
}
