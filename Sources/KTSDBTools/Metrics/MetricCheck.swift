/// `check metrics`: what is unusual about metrics as a target answers them, and how many series each has.
package enum MetricCheck {
    /// Checks standard input. `isExtended` prints the number of series of each metric; a `lint` of `none` switches the
    /// findings off.
    package static func run(
        isExtended: Bool, lint: String = "all", _ files: ToolFiles, _ options: ToolOptions = ToolOptions()
    ) -> ToolOutput {
        var output = ToolOutput()
        let hasLint = lint != "none"
        guard isExtended || hasLint else {
            output.complain("error: at least one of --extended or linting must be enabled")
            output.complain("Use --extended for cardinality analysis, or remove --lint=none to enable linting")
            output.code = 1
            return output
        }
        let families: [String: CheckedFamily]
        do {
            families = try MetricTextParser.families(in: try files.input())
        } catch {
            let what = hasLint ? "error while linting" : "error while parsing text to metric families"
            output.complain("\(what): \(error)")
            output.code = 1
            return output
        }
        if hasLint {
            let isClassic = options.generation == .classic
            for problem in MetricLint.problems(families, findsDuplicates: !isClassic) {
                output.complain(problem)
                output.code = 3
            }
            // promtool 2 ends here.
            if isClassic, output.code != 0 { return output }
        }
        if isExtended { output.write(table(families)) }
        return output
    }

    /// The metrics with the most series first.
    private static func table(_ families: [String: CheckedFamily]) -> String {
        let sorted = families.values.sorted { left, right in
            left.cardinality == right.cardinality
                ? left.name.utf8.lexicographicallyPrecedes(right.name.utf8) : left.cardinality > right.cardinality
        }
        let total = sorted.map(\.cardinality).reduce(0, +)
        var rows = [["Metric", "Cardinality", "Percentage"]]
        for family in sorted {
            rows.append([family.name, "\(family.cardinality)", percentage(family.cardinality, of: total)])
        }
        return TextColumns.text(rows + [["Total", "\(total)", "100%"]])
    }

    /// A share with two decimals; a tie goes to the even digit, as the exact value almost never is one.
    private static func percentage(_ count: Int, of total: Int) -> String {
        let hundredths = Int((Double(count) / Double(total) * 10_000).rounded(.toNearestOrEven))
        let rest = hundredths % 100
        return "\(hundredths / 100).\(rest < 10 ? "0" : "")\(rest)%"
    }
}

/// Cells in columns, each four blanks wider than its longest cell, the last column too.
enum TextColumns {
    static func text(_ rows: [[String]]) -> String {
        let widths = (rows.first ?? []).indices.map { column in (rows.map { $0[column].count }.max() ?? 0) + 4 }
        return rows.map { row in
            zip(row, widths).map { cell, width in
                cell + String(repeating: " ", count: width - cell.count)
            }.joined() + "\n"
        }.joined()
    }
}
