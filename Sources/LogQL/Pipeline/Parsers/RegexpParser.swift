internal import KTSDBModel

/// `| regexp "(?P<name>…)"`: the named groups of the first match become labels.
struct RegexpParser: Sendable {
    private let expression: RegularExpression
    private let groups: [(group: Int, number: Int)]

    /// - Throws: that the pattern is invalid, or has no named group or two of one name.
    init(_ pattern: String, _ labels: inout LineLabels) throws(StageProblem) {
        do throws(RegularExpressionError) {
            expression = try RegularExpression(pattern, dotMatchesNewline: false)
        } catch {
            throw StageProblem("invalid regexp parser: \(error.description)")
        }
        var seen: Set<String> = []
        var groups: [(group: Int, number: Int)] = []
        for (group, name) in expression.captureNames.enumerated() {
            guard let name, !name.isEmpty else { continue }
            guard LabelName.isLegacy(name) else {
                throw StageProblem("invalid regexp parser: invalid extracted label name '\(name)'")
            }
            guard seen.insert(name).inserted else {
                throw StageProblem("invalid regexp parser: duplicate extracted label name '\(name)'")
            }
            groups.append((group, labels.number(inStage: name)))
        }
        guard !groups.isEmpty else {
            throw StageProblem("invalid regexp parser: at least one named capture must be supplied")
        }
        self.groups = groups
    }

    /// Sets labels from a line. A group that took no part in the match is empty.
    func parse(_ line: Span<UInt8>, _ labels: inout LineLabels) {
        guard !labels.needsNothing, let captures = expression.firstMatch(in: line) else { return }
        for (group, number) in groups {
            labels.extract(number, line.extracting(captures[group] ?? 0..<0), keepsFirst: false)
        }
    }
}
