import Synchronization
import Testing

@testable import KTSDBScrape

@Suite(.timeLimit(.minutes(1))) struct SourcePollingTests {
    @Test func `sources that can change are looked at regularly`() async {
        let (looks, continuation) = AsyncStream.makeStream(of: Void.self)
        var polling = SourcePolling()
        polling.run(ChangeSignal(), every: .milliseconds(2), canChange: true) { continuation.yield() }
        var count = 0
        for await _ in looks {
            count += 1
            if count == 3 { break }
        }
        polling.stop()
        #expect(count == 3)
    }

    @Test func `fixed sources are looked at when the signal says so, and not regularly`() async throws {
        let (looks, continuation) = AsyncStream.makeStream(of: Void.self)
        let signal = ChangeSignal(), count = Atomic(0)
        var polling = SourcePolling()
        polling.run(signal, every: .milliseconds(2), canChange: false) {
            count.add(1, ordering: .relaxed)
            continuation.yield()
        }
        // Long enough for many looks at that interval.
        try await Task.sleep(for: .milliseconds(40))
        #expect(count.load(ordering: .relaxed) == 0)
        signal.raise()
        for await _ in looks { break }
        #expect(count.load(ordering: .relaxed) == 1)
        polling.stop()
    }
}
