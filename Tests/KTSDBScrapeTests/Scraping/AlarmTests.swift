import NIOCore
import NIOPosix
import Synchronization
import Testing

@testable import KTSDBScrape

@Suite struct `Alarms` {
    private static func time(_ second: Int64) -> NIODeadline { .uptimeNanoseconds(UInt64(second) * 1_000_000_000) }

    /// What rang, in the order in which it did; alarms are called off by their numbers.
    private final class Bell: AlarmOwner {
        private let rung = Mutex<[UInt32]>([]), cancelled = Mutex<Set<UInt32>>([])
        private let whenRung: @Sendable (UInt32) -> Void

        init(_ whenRung: @escaping @Sendable (UInt32) -> Void = { _ in }) { self.whenRung = whenRung }

        var rings: [UInt32] { rung.withLock { $0 } }
        func alarm(_ number: Int64) -> ScrapeAlarm { ScrapeAlarm(of: self, number: UInt32(number)) }
        func cancel(_ number: Int64) { _ = cancelled.withLock { $0.insert(UInt32(number)) } }
        func waits(for number: UInt32) -> Bool { cancelled.withLock { !$0.contains(number) } }

        func ring(_ number: UInt32) {
            guard waits(for: number) else { return }
            rung.withLock { $0.append(number) }
            whenRung(number)
        }
    }

    @Test(arguments: [1, 2, 3]) func `ring in the order of their times, up to now`(seed: UInt64) {
        var heap = AlarmHeap(), random = seed &* 0x9e37_79b9_7f4a_7c15
        let bell = Bell()
        for _ in 0..<500 {
            random ^= random << 13
            random ^= random >> 7
            random ^= random << 17
            let second = Int64(random % 1000)
            heap.insert(bell.alarm(second), at: Self.time(second))
        }
        for alarm in heap.removeDue(at: Self.time(499)) { alarm.ring() }
        #expect(bell.rings == bell.rings.sorted() && bell.rings.allSatisfy { $0 < 500 })
        #expect(heap.first ?? Self.time(0) >= Self.time(500))
        for alarm in heap.removeDue(at: Self.time(1000)) { alarm.ring() }
        #expect(bell.rings.count == 500 && bell.rings == bell.rings.sorted())
        #expect(heap.count == 0 && heap.first == nil)
    }

    @Test func `that were called off take no room for long`() {
        var heap = AlarmHeap()
        let bell = Bell()
        for second in 0..<10_000 as Range<Int64> {
            bell.cancel(second)
            heap.insert(bell.alarm(second), at: Self.time(second))
        }
        #expect(heap.count <= 64)
        heap.insert(bell.alarm(20_000), at: Self.time(20_000))
        heap.removeOver()
        #expect(heap.count == 1 && heap.first == Self.time(20_000))
    }

    @Test func `of a loop ring on its thread, with one timer for all`() async throws {
        let loop = MultiThreadedEventLoopGroup.singleton.next(), alarms = LoopAlarms(loop)
        let (stream, continuation) = AsyncStream<(UInt32, Bool)>.makeStream()
        let bell = Bell { continuation.yield(($0, loop.inEventLoop)) }
        for number in [3, 1, 2] as [Int64] { alarms.set(bell.alarm(number), at: .now() + .milliseconds(number * 20)) }
        var numbers: [UInt32] = []
        for await (number, isOnLoop) in stream {
            #expect(isOnLoop)
            numbers.append(number)
            if numbers.count == 3 { break }
        }
        #expect(numbers == [1, 2, 3])
    }
}
