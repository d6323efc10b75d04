/// What a tool has to say: its lines, and its exit code.
package struct ToolOutput: Hashable, Sendable {
    /// What goes to standard output.
    package var output = ""
    /// What goes to standard error.
    package var errors = ""
    /// The exit code.
    package var code: Int32 = 0

    /// Nothing to say, and success.
    package init() {}

    /// Adds a line to the output.
    package mutating func print(_ line: String) { output += line + "\n" }
    /// Adds a line to the errors.
    package mutating func complain(_ line: String) { errors += line + "\n" }
}
