import NIOCore
import NIOPosix
import Synchronization
import Testing

@testable import KTSDBScrape

@Suite struct `Alarms` {
    private static func time(_ second: Int64) -> NIODeadline { .uptimeNanoseconds(UInt64(second) * 1_000_000_000) }

    /// What rang, in the order in which it did.
    private final class Bell: Sendable {
        private let rung = Mutex<[Int64]>([])
        var rings: [Int64] { rung.withLock { $0 } }
        func alarm(_ second: Int64) -> ScrapeAlarm { ScrapeAlarm { [self] in rung.withLock { $0.append(second) } } }
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

    @Test func `ring once, and not when they were called off`() {
        let bell = Bell(), first = bell.alarm(1), second = bell.alarm(2)
        first.ring()
        first.ring()
        second.cancel()
        second.ring()
        #expect(bell.rings == [1] && first.isOver && second.isOver)
    }

    @Test func `that were called off take no room for long`() {
        var heap = AlarmHeap()
        let bell = Bell()
        for second in 0..<100_000 as Range<Int64> {
            let alarm = bell.alarm(second)
            heap.insert(alarm, at: Self.time(second))
            alarm.cancel()
        }
        #expect(heap.count <= 64)
    }

    @Test func `of a loop ring on its thread, with one timer for all`() async throws {
        let loop = MultiThreadedEventLoopGroup.singleton.next(), alarms = LoopAlarms(loop)
        let (stream, continuation) = AsyncStream<(Int, Bool)>.makeStream()
        for number in [3, 1, 2] {
            alarms.set(
                ScrapeAlarm { continuation.yield((number, loop.inEventLoop)) },
                at: .now() + .milliseconds(Int64(number) * 20))
        }
        var numbers: [Int] = []
        for await (number, isOnLoop) in stream {
            #expect(isOnLoop)
            numbers.append(number)
            if numbers.count == 3 { break }
        }
        #expect(numbers == [1, 2, 3])
    }
}
