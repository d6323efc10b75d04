import KTSDBEngine
import Logging
import Testing

@testable import KTSDBServer

@Suite struct `News of the clock` {
    @Test func `each event is said once, and its end`() {
        var news = ClockNews(), statistics = RetentionStatistics()
        #expect(news.lines(of: statistics).isEmpty && statistics.concerns.isEmpty)
        statistics.pausedByClockJump = .seconds(40 * 86_400)
        statistics.newestAhead = .milliseconds(600_001)
        let first = news.lines(of: statistics)
        #expect(first.map(\.level) == [.warning, .warning])
        #expect(first[0].text.contains("jumped 40d forward") && first[1].text.contains("10m ahead"))
        #expect(first.map(\.text) == statistics.concerns)
        statistics.newestAhead = .milliseconds(700_000)
        #expect(news.lines(of: statistics).isEmpty)
        statistics.pausedByClockJump = nil
        statistics.isCatchingUp = true
        statistics.expiredBlocks = 7
        #expect(news.lines(of: statistics).map(\.level) == [.info, .warning])
        statistics.expiredBlocks = 6
        statistics.failure = "no room"
        #expect(news.lines(of: statistics).isEmpty && statistics.concerns.last == "no room")
        #expect(news.lines(of: RetentionStatistics()).map(\.level) == [.info, .info])
    }

    @Test func `it is said when most samples lie ahead of the clock`() {
        var watch = RefusalWatch()
        watch.observe(stored: 5, refused: 100)
        #expect(watch.concern == nil)
        watch.observe(stored: 10, refused: 106)
        #expect(watch.concern?.contains("106 so far") == true)
        // Where nothing comes nothing changes.
        watch.observe(stored: 10, refused: 106)
        #expect(watch.concern != nil)
        watch.observe(stored: 20, refused: 107)
        #expect(watch.concern == nil)
    }
}
