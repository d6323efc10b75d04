import KTSDBServer
import Testing

@Suite struct `The query gate` {
    /// Something that a test can wait for.
    private final class Signal: Sendable {
        private let stream: AsyncStream<Void>
        private let continuation: AsyncStream<Void>.Continuation

        init() { (stream, continuation) = AsyncStream.makeStream() }

        func fire() { continuation.finish() }

        func wait() async { for await _ in stream {} }
    }

    @Test func `No more than its limit run at once, and all come to their turn`() async throws {
        let gate = QueryGate(limit: 3)
        let running = Shared((now: 0, most: 0, done: 0))
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<50 {
                group.addTask {
                    try await gate.pass(within: .seconds(86_400)) {
                        running.withLock {
                            $0.now += 1
                            $0.most = max($0.most, $0.now)
                        }
                        for _ in 0..<10 { await Task.yield() }
                        running.withLock {
                            $0.now -= 1
                            $0.done += 1
                        }
                    }
                }
            }
            try await group.waitForAll()
        }
        let (now, most, done) = running.withLock { $0 }
        #expect(now == 0)
        #expect((1...3).contains(most))
        #expect(done == 50)
        #expect(gate.count == 0)
    }

    @Test func `Who need not wait passes at once, and who would have to is told`() async throws {
        let gate = QueryGate(limit: 1)
        let inner = try await gate.passAtOnce {
            #expect(gate.count == 1)
            return try await gate.passAtOnce { 7 }
        }
        #expect(inner == .some(nil))
        #expect(gate.count == 0)
        #expect(try await gate.passAtOnce { 7 } == 7)
        await #expect(throws: QueryGate.Refusal.cancelled) {
            _ = try await gate.passAtOnce { throw QueryGate.Refusal.cancelled } as Int?
        }
        #expect(gate.count == 0)
    }

    @Test func `Who waits too long is sent away, and the gate goes on`() async throws {
        let gate = QueryGate(limit: 1)
        let entered = Signal(), release = Signal()
        let first = Task {
            try await gate.pass(within: .seconds(86_400)) {
                entered.fire()
                await release.wait()
            }
        }
        await entered.wait()
        await #expect(throws: QueryGate.Refusal.timeout) { try await gate.pass(within: .milliseconds(1)) {} }
        release.fire()
        try await first.value
        #expect(try await gate.pass(within: .seconds(86_400)) { 7 } == 7)
        #expect(gate.count == 0)
    }

    @Test func `Who is cancelled while waiting leaves the queue`() async throws {
        let gate = QueryGate(limit: 1)
        let entered = Signal(), release = Signal()
        let first = Task {
            try await gate.pass(within: .seconds(86_400)) {
                entered.fire()
                await release.wait()
            }
        }
        await entered.wait()
        let second = Task { try await gate.pass(within: .seconds(86_400)) {} }
        while gate.count < 2 { await Task.yield() }
        second.cancel()
        await #expect(throws: QueryGate.Refusal.cancelled) { try await second.value }
        #expect(gate.count == 1)
        release.fire()
        try await first.value
    }

    @Test func `A body that fails gives its place back`() async {
        struct Failure: Error {}
        let gate = QueryGate(limit: 1)
        await #expect(throws: Failure.self) { try await gate.pass(within: .seconds(86_400)) { throw Failure() } }
        #expect(gate.count == 0)
    }
}
