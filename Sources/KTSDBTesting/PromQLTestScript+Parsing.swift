import KTSDBModel
import PromQL

extension PromQLTestScript {
    /// Reads a script.
    /// - Throws: An error for the first invalid line.
    public init(_ text: String) throws(PromQLTestScriptError) {
        var reader = Reader(text)
        commands = []
        while let command = try reader.nextCommand() { commands.append(command) }
    }

    /// Iterates over the lines of a script.
    private struct Reader {
        /// The lines without blanks at their ends; comments count as empty lines.
        let lines: [String]
        var index = 0

        init(_ text: String) {
            lines = text.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" }.map {
                let line = trimmed($0)
                return line.hasPrefix("#") ? "" : line
            }
        }

        func error(_ message: String, at index: Int? = nil) -> PromQLTestScriptError {
            PromQLTestScriptError(line: (index ?? self.index) + 1, message: message)
        }

        /// Returns the next line, or nil if it is empty: an empty line ends a command.
        mutating func nextLine() -> String? {
            guard index + 1 < lines.count, !lines[index + 1].isEmpty else { return nil }
            index += 1
            return lines[index]
        }

        mutating func nextCommand() throws(PromQLTestScriptError) -> Command? {
            while index < lines.count, lines[index].isEmpty { index += 1 }
            guard index < lines.count else { return nil }
            defer { index += 1 }
            var words = Words(lines[index])
            let command = words.next() ?? ""
            switch command.lowercased() {
            case "clear": return .clear
            case let word where word.hasPrefix("load"): return .load(try load(command, words))
            case let word where word.hasPrefix("eval"): return .evaluate(try evaluation(command, words))
            default: throw error("invalid command \"\(lines[index])\"")
            }
        }

        // MARK: load

        private mutating func load(_ command: String, _ arguments: Words) throws(PromQLTestScriptError) -> Load {
            var words = arguments
            guard command == "load" || command == "load_with_nhcb", let step = words.next(), words.next() == nil else {
                throw error("invalid load command, expected: load[_with_nhcb] <step>")
            }
            var load = Load(
                line: index + 1, step: try duration(step), convertsClassicHistograms: command == "load_with_nhcb",
                series: [])
            var starts: (line: Int, series: PromQLTestSeries)?
            while let line = nextLine() {
                do {
                    if let series = try PromQLTestSeries(startTimestampLine: line) {
                        if let starts { throw error("no samples follow the @st line", at: starts.line) }
                        starts = (index, series)
                        continue
                    }
                    var series = try PromQLTestSeries(line: line)
                    if let (line, offsets) = starts {
                        guard offsets.labels == series.labels, offsets.points.count == series.points.count else {
                            throw error("the @st line and the line after it differ in labels or length", at: line)
                        }
                        series.startOffsets = offsets.startOffsets
                        starts = nil
                    }
                    load.series.removeAll { $0.labels == series.labels }
                    load.series.append(series)
                } catch let failure as PromQLTestScriptError {
                    throw failure
                } catch let failure {
                    throw error("\(failure)")
                }
            }
            if let starts { throw error("no samples follow the @st line", at: starts.line) }
            return load
        }

        private func duration(_ text: String) throws(PromQLTestScriptError) -> Int64 {
            switch parseDuration(text) {
            case .success(let nanoseconds): return nanoseconds / 1_000_000
            case .failure(let failure): throw error(failure.description)
            }
        }

        private func range(
            _ words: inout Words
        ) throws(PromQLTestScriptError) -> (start: Int64, end: Int64, step: Int64) {
            guard words.next() == "from", let start = words.next(), words.next() == "to", let end = words.next(),
                words.next() == "step", let step = words.next()
            else { throw error("expected: from <start> to <end> step <step>") }
            let range = (start: try duration(start), end: try duration(end), step: try duration(step))
            if range.end < range.start { throw error("the end (\(end)) is before the start (\(start))") }
            return range
        }

        // MARK: eval

        private mutating func evaluation(
            _ command: String, _ arguments: Words
        ) throws(PromQLTestScriptError) -> Evaluation {
            var words = arguments
            let time: Time
            let kind = words.next()
            switch kind {
            case "instant":
                var afterAt = words
                if afterAt.next() == "at" {
                    time = .instant(try duration(afterAt.next() ?? ""))
                    words = afterAt
                } else {
                    time = .instant(0)
                }
            case "range":
                let (start, end, step) = try range(&words)
                time = .range(start: start, end: end, step: step)
            default: throw error("invalid eval command, expected: eval instant at … or eval range from …")
            }
            let query = words.rest
            if query.isEmpty { throw error("eval without a query") }
            var evaluation = Evaluation(line: index + 1, query: query, time: time)
            switch (command, kind) {
            case ("eval", _): break
            case ("eval_fail", _): evaluation.failure = .any
            case ("eval_warn", _): evaluation.needsWarning = true
            case ("eval_info", _): evaluation.needsInfo = true
            case ("eval_ordered", "instant"): evaluation.isOrdered = true
            default: throw error("invalid command \"\(command)\"")
            }
            let isOldFailure = command == "eval_fail"
            var hasFailureLine = false
            var series: [PromQLTestSeries] = []
            while let line = nextLine() {
                if isOldFailure, line.hasPrefix("expected_fail_") {
                    evaluation.failure = try oldFailure(line)
                    return evaluation
                }
                if Words(line).first == "expect" {
                    try expectation(line, &evaluation, &hasFailureLine)
                    continue
                }
                if let value = scalar(line) {
                    evaluation.expected = .scalar(value)
                    return evaluation
                }
                do {
                    let expected = try PromQLTestSeries(line: line)
                    if expected.points.isEmpty { throw PromQLTestSyntaxError("expected a value after the series") }
                    if case .instant = time, expected.points.count > 1, evaluation.rangeVector == nil {
                        throw PromQLTestSyntaxError("several values need a line \"expect range vector\"")
                    }
                    series.removeAll { $0.labels == expected.labels }
                    series.append(expected)
                } catch let failure {
                    throw error("\(failure)")
                }
                evaluation.expected = .series(series)
            }
            return evaluation
        }

        /// Reads a line that is only a number.
        private func scalar(_ line: String) -> Double? {
            let digits = line.hasPrefix("-") || line.hasPrefix("+") ? line.dropFirst() : line[...]
            guard let first = digits.utf8.first, !"+-".utf8.contains(first) else { return nil }
            if case .success(let value) = parseNumber(String(digits)) { return line.hasPrefix("-") ? -value : value }
            if case .success(let nanoseconds) = parseDuration(line) { return Double(nanoseconds) / 1e9 }
            return nil
        }

        private func oldFailure(_ line: String) throws(PromQLTestScriptError) -> TextPattern {
            for (prefix, isPattern) in [("expected_fail_message", false), ("expected_fail_regexp", true)]
            where line.hasPrefix(prefix) {
                let text = trimmed(line.dropFirst(prefix.count))
                return isPattern ? try regularExpression(text) : .message(text)
            }
            throw error("invalid line \"\(line)\"")
        }

        private func regularExpression(_ pattern: String) throws(PromQLTestScriptError) -> TextPattern {
            do {
                let whole = try RegularExpression("(?s:.*)(?:\(pattern))(?s:.*)", dotMatchesNewline: false)
                return .regularExpression(pattern, compiled: whole)
            } catch let failure {
                throw error("invalid regular expression \"\(pattern)\": \(failure)")
            }
        }

        /// Reads a line that starts with `expect`.
        private func expectation(
            _ line: String, _ evaluation: inout Evaluation, _ hasFailureLine: inout Bool
        ) throws(PromQLTestScriptError) {
            var words = Words(line)
            _ = words.next()
            let kind = words.next() ?? ""
            switch kind {
            case "range":
                guard words.next() == "vector" else { throw error("invalid line \"\(line)\"") }
                evaluation.rangeVector = try range(&words)
                evaluation.time = .instant(evaluation.rangeVector!.end)
                return
            case "string":
                guard let text = goUnquoted(Array(words.rest.utf8).span) else {
                    throw error("expect string needs a quoted string")
                }
                evaluation.expected = .string(text)
                return
            default: break
            }
            let pattern: TextPattern
            let rest = words.rest
            if rest.isEmpty {
                pattern = .any
            } else if rest.hasPrefix("msg:") {
                pattern = .message(trimmed(rest.dropFirst(4)))
            } else if rest.hasPrefix("regex:") {
                pattern = try regularExpression(trimmed(rest.dropFirst(6)))
            } else {
                throw error("invalid line \"\(line)\", expected: expect <what> [msg: <text> | regex: <pattern>]")
            }
            switch kind {
            case "ordered": evaluation.isOrdered = true
            case "fail":
                // A failure has a single text.
                if hasFailureLine { throw error("several lines \"expect fail\"") }
                hasFailureLine = true
                evaluation.failure = pattern
            case "warn": evaluation.warnings.append(pattern)
            case "no_warn": evaluation.forbidsWarnings = true
            case "info": evaluation.infos.append(pattern)
            case "no_info": evaluation.forbidsInfos = true
            default: throw error("expect does not support \"\(kind)\"")
            }
            let contradictsWarnings = evaluation.forbidsWarnings && !evaluation.warnings.isEmpty
            if contradictsWarnings || evaluation.forbidsInfos && !evaluation.infos.isEmpty {
                throw error("a level of annotations cannot be both expected and forbidden")
            }
        }
    }
}

/// Returns the text without blanks at its ends.
private func trimmed(_ text: some StringProtocol) -> String {
    func isBlank(_ character: Character) -> Bool { character.isWhitespace }
    guard let first = text.firstIndex(where: { !isBlank($0) }), let last = text.lastIndex(where: { !isBlank($0) })
    else {
        return ""
    }
    return String(text[first...last])
}

/// Takes words from the front of a line.
private struct Words {
    private var text: Substring

    init(_ line: String) { text = line[...] }

    /// The remaining text, without blanks at its ends.
    var rest: String { trimmed(text) }

    var first: String? {
        var copy = self
        return copy.next()
    }

    mutating func next() -> String? {
        text = text.drop { $0.isWhitespace }
        guard !text.isEmpty else { return nil }
        let word = text.prefix { !$0.isWhitespace }
        text = text[word.endIndex...]
        return String(word)
    }
}
