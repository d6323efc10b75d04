extension LogQLParser {
    /// What a range aggregation reads: lines, what is unwrapped of them, and the window.
    struct WindowedLines {
        var lines: LineQuery
        var unwrap: Unwrap?
        var window: (range: Int64, offset: Int64)?
        var isParenthesized = false
    }

    /// Lines with a window: `{app="a"} | json [5m]`, with the window also right after the selector or after
    /// parentheses, and all of it in parentheses.
    mutating func range() throws(LogQLError) -> WindowedLines {
        var range = try rangePart()
        if range.window == nil { range.window = try window(of: range) }
        return range
    }

    /// The same, but the window may be missing.
    private mutating func rangePart() throws(LogQLError) -> WindowedLines {
        guard token.kind == .symbol(.openParenthesis) else { return try plainRange() }
        advance()
        var range = try nested { (parser) throws(LogQLError) in try parser.rangePart() }
        guard take(.closeParenthesis) else {
            if range.window != nil { throw unexpected([.symbol(.closeParenthesis)]) }
            throw unexpected(range.unwrap == nil ? [] : [.range, .symbol(.closeParenthesis), .symbol(.pipe)])
        }
        range.isParenthesized = true
        if range.window == nil, token.kind == .range { try finish(&range) }
        return range
    }

    private mutating func plainRange() throws(LogQLError) -> WindowedLines {
        var range = WindowedLines(lines: LineQuery(matchers: try selector()))
        try stages(into: &range.lines)
        range.unwrap = try unwrap()
        if token.kind == .range { try finish(&range) }
        return range
    }

    /// Reads the window that is next, and stages after it if there were none before.
    private mutating func finish(_ range: inout WindowedLines) throws(LogQLError) {
        range.window = try window(of: range)
        guard range.lines.stages.isEmpty, range.unwrap == nil else { return }
        try stages(into: &range.lines)
        range.unwrap = try unwrap()
    }

    /// `[5m] offset 1h`.
    private mutating func window(of range: WindowedLines) throws(LogQLError) -> (range: Int64, offset: Int64) {
        let expected: [LogQLTokenKind] =
            range.isParenthesized ? [.range] : range.unwrap == nil ? [] : [.range, .symbol(.pipe)]
        let length = try need(.range, expected).nanoseconds
        return (length, take(.keyword(.offset)) ? try need(.duration).nanoseconds : 0)
    }

    // MARK: Unwrapping

    /// Whether `| unwrap` is next.
    var isUnwrap: Bool { token.kind == .symbol(.pipe) && tokenAfterNext.kind == .keyword(.unwrap) }

    private mutating func unwrap() throws(LogQLError) -> Unwrap? {
        guard isUnwrap else { return nil }
        advance()
        advance()
        var unwrap: Unwrap
        if case .function(.conversion(let conversion)) = token.kind {
            advance()
            try need(.openParenthesis)
            unwrap = Unwrap(try needName(), conversion: conversion)
            try need(.closeParenthesis)
        } else {
            unwrap = Unwrap(
                try needName([
                    .identifier, .function(.conversion(.bytes)), .function(.conversion(.duration)),
                    .function(.conversion(.durationSeconds)),
                ]))
        }
        while take(.pipe) { unwrap.filters.append(try labelFilter()) }
        return unwrap
    }
}
