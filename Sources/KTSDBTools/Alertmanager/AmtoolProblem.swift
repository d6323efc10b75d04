/// Why a command of amtool failed, in its words.
package struct AmtoolProblem: Error, Hashable, Sendable, CustomStringConvertible {
    package var description: String
    /// Whether amtool prints an empty line after the error.
    package var endsInEmptyLine = true

    package init(_ description: String, endsInEmptyLine: Bool = true) {
        self.description = description
        self.endsInEmptyLine = endsInEmptyLine
    }
}
