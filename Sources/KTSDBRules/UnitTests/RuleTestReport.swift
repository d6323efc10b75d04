/// The results of the tests of a file.
public struct RuleTestReport: Hashable, Sendable {
    /// What is wrong with the file as a whole; nil if its tests ran.
    public var error: String?
    /// The tests that ran, in their order.
    public var results: [Result] = []

    /// One test that ran.
    public struct Result: Hashable, Sendable {
        /// The test's name, or `unnamed#` and its number.
        public var name: String
        /// The failures, as promtool prints them; empty if the test passed.
        public var failures: [String] = []
        /// All series at the end of the test, as promtool prints them; nil unless they are asked for and the test ran
        /// to its end.
        public var dump: RuleTestDump?
        /// The traces of the rules whose alerts the test checks; empty unless they are asked for.
        public var traces: [RuleTestTrace] = []
    }

    /// All failures, in the order in which promtool prints them.
    public var failures: [String] { (error.map { [$0] } ?? []) + results.flatMap(\.failures) }
}
