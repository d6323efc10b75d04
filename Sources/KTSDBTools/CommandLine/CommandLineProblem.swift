/// Why a command line is invalid, in the words of promtool and amtool.
package struct CommandLineProblem: Error, Hashable, Sendable, CustomStringConvertible {
    package var description: String

    package init(_ description: String) { self.description = description }
}
