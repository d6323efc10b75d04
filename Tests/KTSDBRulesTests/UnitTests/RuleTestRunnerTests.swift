import Testing

@testable import KTSDBRules

@Suite struct `Unit tests of rules` {
    @Test func `Numbers are printed as Go prints them with an exponent`() {
        let texts = [0, 1, -1.5, 1e21, 1.25e-9, 123456789, 0.1, 1e6].map(HistogramText.scientific)
        #expect(texts == ["0E+00", "1E+00", "-1.5E+00", "1E+21", "1.25E-09", "1.23456789E+08", "1E-01", "1E+06"])
    }
}
