import KTSDBAlertTesting
import KTSDBModel
import KTSDBTesting
import Testing

@testable import KTSDBRules

@Suite struct `Unit tests of rules` {
    /// The bytes of a file of the seed, which lies next to the conformance data.
    private func readSeed(_ path: String) throws -> [UInt8] {
        try readFile(ConformanceData.expectedDirectory + "/../seed/" + path)
    }

    @Test func `The seed's unit tests pass`() throws {
        guard ConformanceData.directory != nil else { return print(ConformanceData.skipNotice) }
        let text = String(decoding: try readSeed("alerts-test.yml"), as: UTF8.self), file = ruleTestFile(text)
        let rules = String(decoding: try readSeed("monitoring/prometheus/alerts/api-alerts.yml"), as: UTF8.self)
        let groups = ruleGroups(rules, file: "api-alerts.yml", interval: file.evaluationInterval)
        #expect(!file.tests.isEmpty && RuleTestRunner().run(file, groups: groups).failures == [])
    }

    @Test func `Numbers are printed as Go prints them with an exponent`() {
        let texts = [0, 1, -1.5, 1e21, 1.25e-9, 123456789, 0.1, 1e6].map(HistogramText.scientific)
        #expect(texts == ["0E+00", "1E+00", "-1.5E+00", "1E+21", "1.25E-09", "1.23456789E+08", "1E-01", "1E+06"])
    }
}
