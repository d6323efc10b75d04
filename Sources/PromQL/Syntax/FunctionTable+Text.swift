extension FunctionTable {
    /// The functions whose names contain `part`, for a terminal: two lines for each.
    package static func listing(containing part: String = "") -> String {
        all.filter { part.isEmpty || $0.name.contains(part) }.map { function in
            let attributes = [function.inputText, function.isExperimental ? "experimental" : ""].filter { !$0.isEmpty }
            let suffix = attributes.isEmpty ? "" : "  (\(attributes.joined(separator: "; ")))"
            return "\(function.signatureText)\(suffix)\n    \(function.meaning)\n"
        }.joined()
    }

    /// The functions as the page `Documentation/functions.md`.
    package static var page: String {
        """
        # Functions

        Generated from `Sources/PromQL/Syntax/FunctionTable.swift`; `ktsdb query functions` prints the same. *Takes* says which
        samples a function uses: it leaves out native histograms if they are not named. Start times count where the feature
        `use-start-timestamps` is enabled. `anchored` and `smoothed` are the modifiers that the window may have. Experimental
        functions need the feature `promql-experimental-functions`.

        | function | takes | experimental | meaning |
        | --- | --- | --- | --- |

        """
            + all.map { function in
                "| `\(function.signatureText)` | \(function.inputText) | \(function.isExperimental ? "yes" : "") "
                    + "| \(function.meaning) |\n"
            }.joined()
    }
}
