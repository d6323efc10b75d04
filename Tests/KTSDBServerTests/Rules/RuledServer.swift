import Foundation
import KTSDBEngine
import KTSDBModel
import KTSDBRules
import KTSDBTesting
import Testing

@testable import KTSDBServer

/// A server with rules, whose time a test moves.
struct RuledServer: Sendable {
    let server: TestServer
    let clock: ManualClock
    let directory: String

    /// Runs `body` with a server whose configuration names the file `rules.yml` with this text.
    static func run(
        _ rules: String, configuration: String = "", options change: (inout ServerOptions) -> Void = { _ in },
        _ body: @escaping @Sendable (RuledServer) async throws -> Void
    ) async throws {
        let directory = TemporaryDirectory(), clock = ManualClock()
        try rules.write(toFile: directory.path + "/rules.yml", atomically: true, encoding: .utf8)
        let text = configuration + "\nrule_files: ['\(directory.path)/*.yml']\n"
        try text.write(toFile: directory.path + "/prometheus.config", atomically: true, encoding: .utf8)
        var database = Database.Configuration()
        database.clock = .manual(clock)
        database.runsMaintenance = false
        try await TestServer.run(
            configuration: text,
            options: { options in
                options.configurationFile = directory.path + "/prometheus.config"
                options.externalURL = "http://prometheus.example/prom/"
                options.givenRoutePrefix = "/"
                options.ruleClock = RuleClock(.manual(clock))
                change(&options)
            }, database: .inMemory(database)
        ) { server in
            try await body(RuledServer(server: server, clock: clock, directory: directory.path))
        }
    }

    /// Lets time pass second by second; `m` has a value at each.
    func pass(_ seconds: Int, value: Double?) async throws {
        let rules = try server.state.ready.rules
        for _ in 0..<seconds {
            clock.advance(by: .seconds(1))
            if let value {
                _ = try server.database.append { $0.append(value, at: clock.now, to: ["__name__": "m", "job": "api"]) }
            }
            await rules.evaluateDue()
        }
    }

    /// The answer of a path.
    func text(_ path: String) async throws -> String { try await server.get(path).text }
}
