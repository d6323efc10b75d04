/// All series of a test, including those of its rules.
public struct RuleTestDump: Hashable, Sendable {
    /// The latest possible time of a sample, from the start of the test, in whole seconds.
    public var time: Duration
    /// The series with their samples, as promtool prints them.
    public var text: String
    /// Why the series cannot be read; nil if they can.
    public var error: String?
}
