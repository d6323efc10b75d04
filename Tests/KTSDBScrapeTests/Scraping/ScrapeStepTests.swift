import KTSDBEngine
import Testing

@testable import KTSDBScrape

@Suite struct `The next step of a scrape` {
    typealias Series = ScrapeStep.Series

    @Test func `after reading is to store, but for metrics of another type, which are read again once in a while`() {
        #expect(ScrapeStep.afterReading(Series()) == .store)
        #expect(ScrapeStep.afterReading(Series(changedKinds: 1)) == .reread)
        #expect(ScrapeStep.afterReading(Series(changedKinds: 1, mayForget: false)) == .store)
    }

    @Test(
        arguments: [
            (nil, Series(), .forget), (nil, Series(mayForget: false), .forget), ([:], Series(), .finish),
            ([.outOfOrder: 1], Series(), .finish), ([.staleSeriesID: 1], Series(), .reread),
            ([.staleSeriesID: 1], Series(isOvergrown: true, mayForget: false), .reread),
            ([:], Series(isOvergrown: true, mayForget: false), .forget), ([.seriesLimit: 1], Series(), .forget),
            ([.seriesLimit: 1], Series(mayForget: false), .finish), ([:], Series(hasStrayGroups: true), .forget),
            ([:], Series(hasStrayGroups: true, mayForget: false), .finish),
        ] as [([RejectionReason: Int]?, Series, ScrapeStep)])
    func `after a batch depends on what was refused, and on the series`(
        rejections: [RejectionReason: Int]?, series: Series, step: ScrapeStep
    ) {
        #expect(ScrapeStep.afterStoring(rejections, series) == step)
    }
}
