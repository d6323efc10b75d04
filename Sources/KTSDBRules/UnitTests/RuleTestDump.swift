/// All series of a test, those of its rules among them.
public struct RuleTestDump: Hashable, Sendable {
    /// How far from the start of the test the last sample may be: whole seconds.
    public var time: Duration
    /// The series with their samples, as promtool prints them.
    public var text: String
    /// Why they cannot be read; nil if they can.
    public var error: String?
}
