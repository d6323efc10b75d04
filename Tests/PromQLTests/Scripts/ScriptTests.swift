import KTSDBTesting
import Testing

@Suite struct `PromQL scripts` {
    @Test(arguments: ["selecting", "counting", "joining", "windows", "histograms", "annotations"])
    func `of this project pass`(name: String) throws {
        let folder = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(2)
        let file = folder.joined(separator: "/") + "/Conformance/\(name).test"
        for item in try run(file: file, on: ReferenceDatabase()) where item.failure != nil {
            Issue.record("\(item.report(file: name))")
        }
    }

    @Test(
        .enabled(if: ConformanceData.directory != nil, "\(ConformanceData.skipNotice)"),
        arguments: ConformanceData.files(in: "promqltest", suffix: ".test"))
    func `of Prometheus pass`(name: String) throws {
        let directory = try #require(ConformanceData.directory)
        let file = "\(directory)/promqltest/\(name)"
        let cases = try run(file: file, on: ReferenceDatabase())
        let failed = cases.filter { $0.failure != nil }
        for item in failed { Issue.record("\(item.report(file: name))") }
        print("\(name): \(cases.count - failed.count)/\(cases.count)")
        // Whatever the answers are, the engine's database gives the same as the plain table.
        let inDatabase = try run(file: file, on: DatabaseTestStorage())
        #expect(inDatabase.map(\.failure) == cases.map(\.failure))
    }

    private func run(file: String, on empty: some PromQLTestStorage) throws -> [PromQLTestCase] {
        let script = try PromQLTestScript(String(decoding: readFile(file), as: UTF8.self))
        var storage = empty
        let cases = try PromQLTestRunner().run(script, on: &storage)
        #expect(!cases.isEmpty)
        return cases
    }
}
