internal import KTSDBModel

/// `| logfmt`: every key becomes a label, or only those of the expressions.
struct LogfmtParser: Sendable {
    private let isStrict: Bool
    private let keepsEmpty: Bool
    /// nil if every key becomes a label.
    private let extractions: [(number: Int, key: [UInt8])]?
    private var name: [UInt8] = []
    private var value: [UInt8] = []

    /// - Throws: what is wrong with an expression.
    init(_ stage: LogfmtStage, _ labels: inout LineLabels) throws(StageProblem) {
        (isStrict, keepsEmpty) = (stage.isStrict, stage.keepsEmpty)
        guard !stage.extractions.isEmpty else {
            extractions = nil
            return
        }
        var compiled: [(number: Int, key: [UInt8])] = []
        for extraction in stage.extractions {
            compiled.append((labels.number(inStage: extraction.name), try Self.key(extraction.expression)))
        }
        extractions = compiled
    }

    /// The one key of an expression.
    private static func key(_ expression: String) throws(StageProblem) -> [UInt8] {
        var keys: [[UInt8]] = []
        for part in expression.utf8.split(whereSeparator: { $0 <= 0x20 }) {
            if let other = part.firstIndex(where: { !LabelNameText.isNameByte($0) }) {
                let scalar = expression[other...].unicodeScalars.first.map(String.init) ?? ""
                throw StageProblem("cannot parse expression [\(expression)]: unexpected char \(scalar)")
            }
            keys.append(Array(part))
        }
        guard let key = keys.first else {
            throw StageProblem("cannot parse expression [\(expression)]: syntax error: unexpected $end, expecting KEY")
        }
        guard keys.count == 1 else {
            throw StageProblem("cannot parse expression [\(expression)]: syntax error: unexpected KEY")
        }
        return key
    }

    /// Sets labels from a line.
    mutating func parse(_ line: Span<UInt8>, _ labels: inout LineLabels) {
        if labels.needsNothing || line.isEmpty { return }
        var scanner = LogfmtScanner()
        var found = Array(repeating: false, count: extractions?.count ?? 0)
        parsing: while true {
            do throws(LogfmtScanner.Problem) {
                guard let pair = try scanner.next(line) else { break }
                if pair.value.isEmpty, !keepsEmpty, extractions == nil { continue }
                try take(pair, line, &scanner, &found, &labels)
                if labels.isComplete { return }
            } catch {
                guard isStrict else { continue }
                labels.setError(.logfmt, details: error.description.utf8.span)
                break parsing
            }
        }
        for (index, extraction) in (extractions ?? []).enumerated() where !found[index] {
            labels.extract(extraction.number, "".utf8.span, keepsFirst: false)
        }
    }

    private mutating func take(
        _ pair: LogfmtScanner.Pair, _ line: Span<UInt8>, _ scanner: inout LogfmtScanner, _ found: inout [Bool],
        _ labels: inout LineLabels
    ) throws(LogfmtScanner.Problem) {
        if try readValue(pair, line, scanner) {
            let value = value
            set(line.extracting(pair.key), value.span, &found, &labels)
        } else {
            set(line.extracting(pair.key), line.extracting(pair.value), &found, &labels)
        }
    }

    private mutating func set(
        _ key: Span<UInt8>, _ value: Span<UInt8>, _ found: inout [Bool], _ labels: inout LineLabels
    ) {
        guard let extractions else {
            name.removeAll(keepingCapacity: true)
            LabelNameText.append(key, to: &name)
            if !name.isEmpty { labels.extract(named: name.span, value, keepsFirst: true) }
            return
        }
        for (index, extraction) in extractions.enumerated()
        where !found[index] && key.isEqual(to: extraction.key.span) {
            found[index] = true
            labels.extract(extraction.number, value, keepsFirst: false)
        }
    }

    /// Puts the value into `value`, unless it is that of the line as it is. Returns whether it is there.
    private mutating func readValue(
        _ pair: LogfmtScanner.Pair, _ line: Span<UInt8>, _ scanner: LogfmtScanner
    ) throws(LogfmtScanner.Problem) -> Bool {
        value.removeAll(keepingCapacity: true)
        let text = line.extracting(pair.value)
        guard pair.isEscaped else {
            if UTF8Repair.isClean(text) { return false }
            UTF8Repair.append(text, to: &value)
            return true
        }
        var unescaped: [UInt8] = []
        guard LogfmtQuoting.unquote(text.extracting(1..<(text.count - 1)), to: &unescaped) else {
            throw scanner.invalidQuote()
        }
        UTF8Repair.append(unescaped.span, to: &value)
        return true
    }
}

/// Values in quotes with escape sequences: those of JSON, and `\'`.
enum LogfmtQuoting {
    /// Appends the value and returns whether it is valid. A lone half of a pair becomes U+FFFD.
    static func unquote(_ text: Span<UInt8>, to result: inout [UInt8]) -> Bool {
        var index = 0
        while index < text.count {
            let byte = text[index]
            guard byte == UInt8(ascii: "\\") else {
                guard byte >= 0x20 else { return false }
                result.append(byte)
                index += 1
                continue
            }
            guard index + 1 < text.count else { return false }
            if text[index + 1] == UInt8(ascii: "'") {
                result.append(UInt8(ascii: "'"))
                index += 2
            } else if text[index + 1] == UInt8(ascii: "u") {
                guard index + 6 <= text.count else { return false }
                if let (scalar, length) = JSONEscapes.scalar(text, at: index) {
                    result.append(contentsOf: UTF8.encode(scalar)!)
                    index += length
                } else {
                    for offset in 2..<6 where AddressText.hexadecimal(text[index + offset]) == nil { return false }
                    result += [0xEF, 0xBF, 0xBD]
                    index += 6
                }
            } else {
                guard JSONEscapes.unescape(text.extracting(index..<(index + 2)), to: &result) else { return false }
                index += 2
            }
        }
        return true
    }
}
