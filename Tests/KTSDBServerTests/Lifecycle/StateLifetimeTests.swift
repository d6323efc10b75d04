import KTSDBServer
import Synchronization
import Testing

@Suite("The life of a server's state")
struct StateLifetimeTests {
    /// A weak reference that closures can share.
    private final class Reference: Sendable {
        private struct Content {
            weak var state: ServerState?
        }
        private let content = Mutex(Content())

        var isHeld: Bool { content.withLock { $0.state != nil } }

        func observe(_ state: ServerState) { content.withLock { $0.state = state } }
    }

    @Test(arguments: ["", "query", "rules"])
    func `ends with its last user, and its threads with it`(_ use: String) async throws {
        let reference = Reference()
        try await TestServer.run { server in
            reference.observe(server.state)
            if use == "query" { _ = try await server.get("/api/v1/query?query=1") }
            if use == "rules" { _ = try await server.get("/api/v1/rules") }
        }
        for _ in 0..<1000 where reference.isHeld { try await Task.sleep(for: .milliseconds(10)) }
        #expect(!reference.isHeld)
    }
}
