internal import KTSDBModel

/// Checks of what `regexp` and `pattern` capture.
extension LogQLParser {
    /// Returns a pattern of `regexp` if it compiles and names at least one group, each once, like a label.
    static func checkedRegexp(_ pattern: String) throws(LogQLError) -> String {
        let names: [String]
        do throws(RegularExpressionError) {
            names = try RegularExpression(pattern, dotMatchesNewline: false).captureNames.compactMap { $0 }
        } catch {
            throw invalid("invalid regexp parser: \(error)")
        }
        var seen: Set<String> = []
        for name in names where !name.isEmpty {
            guard isLabelName(name) else {
                throw invalid("invalid regexp parser: invalid extracted label name '\(name)'")
            }
            guard seen.insert(name).inserted else {
                throw invalid("invalid regexp parser: duplicate extracted label name '\(name)'")
            }
        }
        guard !seen.isEmpty else {
            throw invalid("invalid regexp parser: at least one named capture must be supplied")
        }
        return pattern
    }

    /// Returns a pattern of `pattern` if it has a named capture, each name once, and text between captures.
    static func checkedPattern(_ pattern: String) throws(LogQLError) -> String {
        let parts = CapturePattern(pattern).parts
        var seen: Set<String> = []
        guard parts.contains(where: { $0.isNamed }) else {
            throw invalid("invalid pattern parser: at least one capture is required")
        }
        for (part, next) in zip(parts, parts.dropFirst()) {
            guard case .capture(let name) = part, case .capture(let following) = next else { continue }
            throw invalid(
                "invalid pattern parser: found consecutive capture '<\(name)><\(following)>': invalid expression")
        }
        for case .capture(let name) in parts where name != "_" {
            guard seen.insert(name).inserted else {
                throw invalid("invalid pattern parser: duplicate capture name (\(name)): invalid expression")
            }
        }
        return pattern
    }
}
