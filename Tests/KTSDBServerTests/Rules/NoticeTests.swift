import Testing

@testable import KTSDBServer

@Suite struct NoticeTests {
    @Test func `a follower gets what is there, and then each change`() async throws {
        let notices = Notices()
        notices.add(.starting)
        let stream = try #require(notices.follow())
        notices.remove(.starting)
        notices.remove(.starting)
        notices.add(.reloadFailed)
        notices.close()
        var seen: [String] = []
        for await notice in stream { seen.append("\(notice.text) \(notice.isActive)") }
        #expect(seen == ["starting true", "starting false", "reloadFailed true"])
        #expect(notices.all.map(\.text) == [.reloadFailed])
    }

    @Test func `followers are limited`() {
        let notices = Notices()
        let streams = (0..<Notices.subscriberLimit).compactMap { _ in notices.follow() }
        #expect(streams.count == Notices.subscriberLimit)
        #expect(notices.follow() == nil)
    }
}
