import Testing

@testable import KTSDBEngine

@Suite struct MaintenancePaceTests {
    @Test func `a thread looks each second after commits, and less often without them`() {
        var pace = MaintenancePace()
        #expect(pace.wait(after: 7, isBusy: false) == MaintenancePace.second)
        #expect(pace.wait(after: 7, isBusy: false) == MaintenancePace.longest)
        #expect(pace.wait(after: 8, isBusy: false) == MaintenancePace.second)
    }

    @Test func `work in progress is looked at each second`() {
        var pace = MaintenancePace()
        for _ in 0..<3 { #expect(pace.wait(after: 0, isBusy: true) == MaintenancePace.second) }
        #expect(pace.wait(after: 0, isBusy: false) == MaintenancePace.longest)
    }
}
