import Foundation
import GoTemplate
import Testing

/// Templates whose results were recorded from Go's `text/template`.
@Suite struct `Golden templates` {
    static let fixture = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appending(path: "Fixtures/golden.json").path

    /// More cases of the same form, outside of the repository.
    static let others = ProcessInfo.processInfo.environment["KTSDB_GOTEMPLATE_CASES"]

    @Test func `give what Go gives`() throws {
        let cases = try GoldenCase.load(Self.fixture)
        #expect(cases.count > 300)
        for difference in cases.compactMap(\.difference) { Issue.record("\(difference)") }
    }

    @Test(.enabled(if: others != nil, "KTSDB_GOTEMPLATE_CASES names no file of more cases"))
    func `from elsewhere give what Go gives`() throws {
        let cases = try GoldenCase.load(try #require(Self.others))
        let differences = cases.compactMap(\.difference)
        print("\(cases.count) cases, \(differences.count) differ")
        for difference in differences.prefix(100) { print(difference) }
        #expect(differences.count == 0)
    }
}
