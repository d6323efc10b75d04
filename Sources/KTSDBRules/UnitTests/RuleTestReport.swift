/// What became of the tests of a file.
public struct RuleTestReport: Hashable, Sendable {
    /// What is wrong with the file as a whole; nil if its tests ran.
    public var error: String?
    /// The tests that ran, in their order.
    public var results: [Result] = []

    /// One test that ran.
    public struct Result: Hashable, Sendable {
        /// The test's name, or `unnamed#` and its number.
        public var name: String
        /// What is wrong, each as promtool prints it; empty if the test passed.
        public var failures: [String] = []
        /// All series at the end of the test, as promtool prints them; nil unless they are asked for.
        public var dump: RuleTestDump?
        /// What the rules did whose alerts the test looks at; empty unless it is asked for.
        public var traces: [RuleTestTrace] = []
    }

    /// All that is wrong, in the order in which promtool prints it.
    public var failures: [String] { (error.map { [$0] } ?? []) + results.flatMap(\.failures) }
}
