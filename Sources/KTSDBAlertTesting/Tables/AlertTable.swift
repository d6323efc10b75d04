/// A table or a recording of the conformance data of alerting, and how to compare with it.
package struct AlertTable: Sendable {
    typealias Comparison = @Sendable (TableValue, AlertTableFolder, inout AlertTableResult) throws -> Void

    /// The file's name.
    package let file: String
    private let comparison: Comparison

    /// Compares with a whole file.
    init(_ file: String, whole comparison: @escaping Comparison) {
        self.file = file
        self.comparison = comparison
    }

    /// Compares with a list of cases, one by one.
    init(_ file: String, each check: @escaping @Sendable (TableValue) throws -> Void) {
        self.init(file) { table, _, result in
            for (index, entry) in table.list.enumerated() {
                result.check(entry.caseName(index)) { try check(entry) }
            }
        }
    }

    /// Compares with the file of that name in a folder.
    package func run(in folder: AlertTableFolder) -> AlertTableResult {
        var result = AlertTableResult()
        do {
            try comparison(try folder.value(file), folder, &result)
        } catch {
            result.fail("the file", error)
        }
        if result.isEmpty { result.fail("the file", "has no case") }
        return result
    }
}
