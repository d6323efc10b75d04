import Testing

@testable import KTSDBServer

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
                    try await gate.withTurn(within: .seconds(86_400)) {
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

    @Test func `A turn that is given up is not waited for, before and after it begins to wait`() async throws {
        let gate = QueryGate(limit: 1)
        try await gate.withTurn(within: .seconds(86_400)) {
            let early = QueryTurn(), late = QueryTurn()
            gate.giveUp(early, .cancelled)
            await #expect(throws: QueryGate.Refusal.cancelled) {
                try await gate.withTurn(early, within: .seconds(86_400)) {}
            }
            let waiting = Task { try await gate.withTurn(late, within: .seconds(86_400)) {} }
            try await Self.wait { gate.count == 2 }
            gate.giveUp(late, .cancelled)
            await #expect(throws: QueryGate.Refusal.cancelled) { try await waiting.value }
            #expect(gate.count == 1)
        }
        #expect(gate.count == 0)
    }

    @Test func `A gate that is closed refuses who waits and who comes`() async throws {
        let gate = QueryGate(limit: 1)
        try await gate.withTurn(within: .seconds(86_400)) {
            let waiting = Task { try await gate.withTurn(within: .seconds(86_400)) {} }
            try await Self.wait { gate.count == 2 }
            gate.close()
            await #expect(throws: QueryGate.Refusal.cancelled) { try await waiting.value }
        }
        await #expect(throws: QueryGate.Refusal.cancelled) { try await gate.withTurn(within: .seconds(86_400)) {} }
        #expect(gate.count == 0)
    }

    /// Waits until `isTrue`; counts attempts, not seconds.
    private static func wait(until isTrue: () -> Bool) async throws {
        for _ in 0..<60_000 where !isTrue() { try await Task.sleep(for: .milliseconds(1)) }
        try #require(isTrue())
    }

    @Test func `Who waits too long is sent away, and the gate goes on`() async throws {
        let gate = QueryGate(limit: 1)
        let entered = Signal(), release = Signal()
        let first = Task {
            try await gate.withTurn(within: .seconds(86_400)) {
                entered.fire()
                await release.wait()
            }
        }
        await entered.wait()
        await #expect(throws: QueryGate.Refusal.timeout) { try await gate.withTurn(within: .milliseconds(1)) {} }
        release.fire()
        try await first.value
        #expect(try await gate.withTurn(within: .seconds(86_400)) { 7 } == 7)
        #expect(gate.count == 0)
    }

    @Test func `Who is cancelled while waiting leaves the queue`() async throws {
        let gate = QueryGate(limit: 1)
        let entered = Signal(), release = Signal()
        let first = Task {
            try await gate.withTurn(within: .seconds(86_400)) {
                entered.fire()
                await release.wait()
            }
        }
        await entered.wait()
        let second = Task { try await gate.withTurn(within: .seconds(86_400)) {} }
        try await Self.wait { gate.count == 2 }
        second.cancel()
        await #expect(throws: QueryGate.Refusal.cancelled) { try await second.value }
        #expect(gate.count == 1)
        release.fire()
        try await first.value
    }

    @Test func `A body that fails gives its place back`() async {
        struct Failure: Error {}
        let gate = QueryGate(limit: 1)
        await #expect(throws: Failure.self) { try await gate.withTurn(within: .seconds(86_400)) { throw Failure() } }
        #expect(gate.count == 0)
    }
}
