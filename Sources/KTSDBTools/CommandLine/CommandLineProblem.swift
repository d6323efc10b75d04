/// Why a command line is not understood, in the words of promtool and amtool.
package struct CommandLineProblem: Error, Hashable, Sendable, CustomStringConvertible {
    package var description: String

    package init(_ description: String) { self.description = description }
}
