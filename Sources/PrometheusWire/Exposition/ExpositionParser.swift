package import KTSDBModel

/// A piece of information in a scrape body.
package enum ExpositionEvent: Hashable, Sendable {
    /// A metric's help text.
    case help(metric: String, text: String)
    /// A metric's type.
    case type(metric: String, MetricType)
    /// A metric's unit.
    case unit(metric: String, String)
    /// A sample; ``ExpositionParser/labels(in:)`` returns its labels.
    case sample(ExpositionSample)
}

/// A sample in a scrape body.
package struct ExpositionSample: Hashable, Sendable {
    /// The range of the series in the body, from its name to its closing brace.
    package var series: Range<Int>
    /// The value.
    package var value: Double
    /// The timestamp in milliseconds, if the body gives one.
    package var timestamp: Int64?
    /// Whether an exemplar follows the value. ``ExpositionParser/exemplarLabels(in:)`` and the parser's `exemplarValue`
    /// and `exemplarTimestamp` return it.
    package var hasExemplar = false
}

/// Reads a scrape body, event by event, as Prometheus 3 reads it.
///
/// The body is passed with each call and must stay the same. Any bytes are accepted as input: a malformed body ends in
/// an ``ExpositionError``, after which the parser must not be used again. Two things differ from Prometheus, where it
/// would silently lose or invent data: a zero byte at the start of a line is an error and not the end of the body, and
/// blanks before a metric name are not part of it. A third follows OpenMetrics and Prometheus 2: a comma after the last
/// label of an OpenMetrics line is an error.
package struct ExpositionParser {
    private var lexer: ExpositionLexer
    /// Where the current line begins.
    private var lineStart = 0
    /// Where the series of the current sample begins; unlike its line, without blanks before it.
    private var seriesStart = 0
    private var metricName: Range<Int>?
    private var fields: [Field] = []
    private var exemplarFields: [Field] = []
    private var scratch = LabelScratch()

    /// The type in the last `TYPE` line, whatever its metric: it decides how bucket bounds are written.
    package var type = MetricType.unknown
    /// The value of the last sample's exemplar; valid if it has one.
    package private(set) var exemplarValue = 0.0
    /// The exemplar's timestamp in milliseconds, if it has one.
    package private(set) var exemplarTimestamp: Int64?
    /// The names of the labels with empty values, which the last call of ``labels(in:adding:)`` left out.
    package private(set) var emptyLabelNames: [String] = []

    private struct Field {
        var name: Range<Int>
        var value: Range<Int>
    }

    /// Creates a parser at the start of a scrape body.
    package init(format: ExpositionFormat) { lexer = ExpositionLexer(format: format) }

    /// The format of the body.
    package var format: ExpositionFormat { lexer.format }

    /// The position where reading continues. May be set to the start of a line.
    package var position: Int {
        get { lexer.position }
        set {
            lexer.position = newValue
            lexer.state = .line
        }
    }

    /// Reads up to the next event; returns nil at the end of the body. Comments and empty lines are skipped.
    package mutating func next(in page: Span<UInt8>) throws(ExpositionError) -> ExpositionEvent? {
        while true {
            lineStart = lexer.position
            let token = lexer.next(in: page)
            seriesStart = lexer.token.lowerBound
            switch token {
            case .end:
                if format == .openMetrics { throw error("data does not end with # EOF", page) }
                return nil
            case .endWord:
                if lexer.next(in: page) != .end { throw error("unexpected data after # EOF", page) }
                return nil
            case .lineBreak: continue
            case .comment:
                let next = lexer.next(in: page)
                guard next == .lineBreak else { throw unexpected("linebreak expected after comment", next, page) }
            case .help, .type, .unit: return try metadata(token, page)
            case .braceOpen:
                metricName = nil
                fields.removeAll(keepingCapacity: true)
                try readLabels(page)
                let series = seriesStart..<lexer.position
                return .sample(try sample(page, lexer.next(in: page), series: series))
            case .metricName:
                metricName = lexer.token
                fields.removeAll(keepingCapacity: true)
                var series = lexer.token
                var next = lexer.next(in: page)
                if next == .braceOpen {
                    try readLabels(page)
                    series = seriesStart..<lexer.position
                    next = lexer.next(in: page)
                }
                return .sample(try sample(page, next, series: series))
            default: throw unexpected("expected a valid start token", token, page)
            }
        }
    }

    /// Reads what follows a known series: value, timestamp, exemplar, line break. Returns nil if `series` is not the
    /// whole series, because labels follow.
    package mutating func rest(
        ofKnown series: Range<Int>, in page: Span<UInt8>
    ) throws(ExpositionError) -> ExpositionSample? {
        (lineStart, seriesStart) = (series.lowerBound, series.lowerBound)
        lexer.position = series.upperBound
        lexer.state = .value
        metricName = series
        let next = lexer.next(in: page)
        return next == .braceOpen ? nil : try sample(page, next, series: series)
    }

    /// Returns the range of the metadata line that was read last, without its line break.
    func line(in page: Span<UInt8>) -> Range<Int> { lineStart..<(lexer.position - 1) }

    // MARK: Labels

    /// The content of the labels `__type__` and `__unit__` for a metric.
    package struct TypeAndUnit {
        /// The metric's type; ``MetricType/unknown`` adds no label.
        package var type: MetricType
        /// The metric's unit; empty adds no label.
        package var unit: String

        /// Creates a description.
        package init(type: MetricType, unit: String) {
            self.type = type
            self.unit = unit
        }

        /// Returns whether a label in the body must give way to this content.
        fileprivate func overrides(_ name: [UInt8]) -> Bool {
            name.elementsEqual("__name__".utf8) || type != .unknown && name.elementsEqual("__type__".utf8)
                || !unit.isEmpty && name.elementsEqual("__unit__".utf8)
        }
    }

    /// Returns the labels of the sample that was read last, including the metric name and without empty labels. Numbers
    /// in bucket bounds and quantiles are written as `1.0`, not as `1`.
    ///
    /// If a type and unit are given, the labels `__type__` and `__unit__` are added, replacing those in the body.
    package mutating func labels(
        in page: Span<UInt8>, adding typeAndUnit: TypeAndUnit? = nil
    ) throws(ExpositionError) -> Labels {
        scratch.removeAll()
        if !emptyLabelNames.isEmpty { emptyLabelNames.removeAll() }
        if let name = metricName {
            guard isValidUTF8(page.extracting(name)) else { throw invalidName(page) }
            scratch.text.append(contentsOf: "__name__".utf8)
            scratch.endName()
            appendUnescaped(name, page, to: &scratch.text)
            scratch.endValue()
        }
        if let typeAndUnit {
            if typeAndUnit.type != .unknown { appendLabel("__type__", typeAndUnit.type.rawValue) }
            if !typeAndUnit.unit.isEmpty { appendLabel("__unit__", typeAndUnit.unit) }
        }
        for field in fields {
            guard !field.name.isEmpty, isValidUTF8(page.extracting(field.name)) else { throw invalidName(page) }
            if let typeAndUnit, typeAndUnit.overrides(bytes(field.name, page)) { continue }
            appendUnescaped(field.name, page, to: &scratch.text)
            scratch.endName()
            let start = scratch.text.count
            appendUnescaped(field.value, page, to: &scratch.text)
            if isBound(field.name, page) { normalizeNumber(in: &scratch.text, from: start) }
            if start == scratch.text.count {
                emptyLabelNames.append(unescaped(field.name, page, escapingQuotes: true))
            }
            scratch.endValue()
        }
        var stringForm: [UInt8] = []
        if let problem = scratch.write(into: &stringForm) { throw error(problem.description, page) }
        return Labels(uncheckedStringForm: stringForm)
    }

    private mutating func appendLabel(_ name: String, _ value: String) {
        scratch.text.append(contentsOf: name.utf8)
        scratch.endName()
        scratch.text.append(contentsOf: value.utf8)
        scratch.endValue()
    }

    /// Returns the labels of the exemplar of the sample that was read last.
    package mutating func exemplarLabels(in page: Span<UInt8>) throws(ExpositionError) -> Labels {
        scratch.removeAll()
        for field in exemplarFields {
            appendUnescaped(field.name, page, to: &scratch.text)
            scratch.endName()
            appendUnescaped(field.value, page, to: &scratch.text)
            scratch.endValue()
        }
        var stringForm: [UInt8] = []
        if let problem = scratch.write(into: &stringForm), problem != .missingMetricName {
            throw error(problem.description, page)
        }
        return Labels(uncheckedStringForm: stringForm)
    }

    private func invalidName(_ page: Span<UInt8>) -> ExpositionError {
        error("invalid metric name or label names: \(quotedText(seriesStart..<lexer.position, page))", page)
    }

    private func isBound(_ name: Range<Int>, _ page: Span<UInt8>) -> Bool {
        switch type {
        case .histogram: bytes(name, page).elementsEqual("le".utf8)
        case .summary: bytes(name, page).elementsEqual("quantile".utf8)
        default: false
        }
    }

    /// Reads the labels after an opening brace into `fields`. A quoted string without an equals sign after it is the
    /// metric's name.
    private mutating func readLabels(_ page: Span<UInt8>) throws(ExpositionError) {
        var token = lexer.next(in: page)
        while true {
            var name = lexer.token
            let isQuoted = token == .quotedName
            switch token {
            case .braceClose: return
            case .labelName: break
            case .quotedName: name = (name.lowerBound + 1)..<(name.upperBound - 1)
            default: throw unexpected("expected label name", token, page)
            }
            token = lexer.next(in: page)
            if isQuoted && (token == .comma || token == .braceClose) {
                guard metricName == nil else {
                    throw error(
                        "metric name already set while parsing: \(quotedText(lineStart..<lexer.position, page))", page)
                }
                metricName = name
                if token == .braceClose { return }
                token = try afterComma(page)
                continue
            }
            fields.append(Field(name: name, value: try labelValue(token, page)))
            token = try afterLabel(page)
        }
    }

    /// Does the same as `readLabels` for an exemplar, which has no metric name.
    private mutating func readExemplarLabels(_ page: Span<UInt8>) throws(ExpositionError) {
        var token = lexer.next(in: page)
        while true {
            var name = lexer.token
            switch token {
            case .braceClose: return
            case .labelName: break
            case .quotedName: name = (name.lowerBound + 1)..<(name.upperBound - 1)
            default: throw unexpected("expected label name", token, page)
            }
            exemplarFields.append(Field(name: name, value: try labelValue(lexer.next(in: page), page)))
            token = try afterLabel(page)
        }
    }

    private mutating func labelValue(
        _ equal: ExpositionLexer.Token, _ page: Span<UInt8>
    ) throws(ExpositionError) -> Range<Int> {
        guard equal == .equal else { throw unexpected("expected equal", equal, page) }
        let token = lexer.next(in: page)
        guard token == .labelValue else { throw unexpected("expected label value", token, page) }
        let value = lexer.token
        guard isValidUTF8(page.extracting(value)) else {
            throw error("invalid UTF-8 label value: \(quotedText(value, page))", page)
        }
        return (value.lowerBound + 1)..<(value.upperBound - 1)
    }

    /// Returns the token after a label and its comma. Only the text format allows the comma to be missing.
    private mutating func afterLabel(_ page: Span<UInt8>) throws(ExpositionError) -> ExpositionLexer.Token {
        let token = lexer.next(in: page)
        if token == .comma { return try afterComma(page) }
        if format == .openMetrics && token != .braceClose {
            throw unexpected("expected comma or brace close", token, page)
        }
        return token
    }

    /// Returns the token after a comma between labels. Only the text format allows a comma at the end.
    private mutating func afterComma(_ page: Span<UInt8>) throws(ExpositionError) -> ExpositionLexer.Token {
        let token = lexer.next(in: page)
        if format == .openMetrics && token == .braceClose && metricName != nil {
            throw unexpected("expected label name", token, page)
        }
        return token
    }

    // MARK: Values

    private mutating func sample(
        _ page: Span<UInt8>, _ token: ExpositionLexer.Token, series: Range<Int>
    ) throws(ExpositionError) -> ExpositionSample {
        guard metricName != nil else {
            throw error("metric name not set while parsing: \(quotedText(lineStart..<lexer.position, page))", page)
        }
        guard token == .value else { throw unexpected("expected value after metric", token, page) }
        var sample = ExpositionSample(series: series, value: try number(page))
        if sample.value.isNaN { sample.value = .ordinaryNaN }
        var next = lexer.next(in: page)
        var place = "timestamp or new record"
        if next == .timestamp {
            sample.timestamp = try timestamp(page)
            next = lexer.next(in: page)
            place = "next entry after timestamp"
        } else if format == .openMetrics {
            place = "timestamp or # symbol"
        }
        if next == .comment {
            try readExemplar(page)
            sample.hasExemplar = true
        } else if next == .end && format == .openMetrics && sample.timestamp == nil {
            throw error("data does not end with # EOF", page)
        } else if next != .lineBreak {
            throw unexpected("expected \(place)", next, page)
        }
        return sample
    }

    private mutating func readExemplar(_ page: Span<UInt8>) throws(ExpositionError) {
        exemplarFields.removeAll(keepingCapacity: true)
        exemplarTimestamp = nil
        try readExemplarLabels(page)
        var token = lexer.next(in: page)
        guard token == .value else { throw unexpected("expected value after exemplar labels", token, page) }
        exemplarValue = try number(page)
        token = lexer.next(in: page)
        if token == .timestamp {
            exemplarTimestamp = try timestamp(page, of: "exemplar ")
            token = lexer.next(in: page)
            if token != .lineBreak { throw unexpected("expected next entry after exemplar timestamp", token, page) }
        } else if token == .end {
            throw error("data does not end with # EOF", page)
        } else if token != .lineBreak {
            throw unexpected("expected timestamp or comment", token, page)
        }
    }

    /// Returns the number in the last token; in OpenMetrics, a blank comes before it.
    private func number(_ page: Span<UInt8>) throws(ExpositionError) -> Double {
        let range = numberRange
        let parsing: String
        if bytes(range, page).contains(where: { $0 | 0x20 == UInt8(ascii: "p") || $0 == UInt8(ascii: "_") }) {
            parsing = "unsupported character in float"
        } else {
            do throws(DoubleParsingError) { return try parsedDouble(page.extracting(range)) } catch {
                let reason = error == .range ? "value out of range" : "invalid syntax"
                parsing = "strconv.ParseFloat: parsing \(quotedText(range, page)): \(reason)"
            }
        }
        throw error("\(parsing) while parsing: \(quotedText(lineStart..<lexer.position, page))", page)
    }

    private var numberRange: Range<Int> {
        let token = lexer.token
        return format == .openMetrics ? (token.lowerBound + 1)..<token.upperBound : token
    }

    /// Returns the timestamp in the last token: milliseconds in the text format, seconds with decimals in OpenMetrics.
    private func timestamp(_ page: Span<UInt8>, of owner: String = "") throws(ExpositionError) -> Int64 {
        guard format == .openMetrics else {
            let digits = String(decoding: bytes(lexer.token, page), as: UTF8.self)
            if let milliseconds = Int64(digits) { return milliseconds }
            throw error(
                "strconv.ParseInt: parsing \"\(digits)\": value out of range while parsing: "
                    + quotedText(lineStart..<lexer.position, page), page)
        }
        let seconds = try number(page)
        guard seconds.isFinite, let milliseconds = Int64(exactly: (seconds * 1000).rounded(.towardZero)) else {
            throw error("invalid \(owner)timestamp \(formatDouble(seconds))", page)
        }
        return milliseconds
    }

    // MARK: Metadata

    private mutating func metadata(
        _ kind: ExpositionLexer.Token, _ page: Span<UInt8>
    ) throws(ExpositionError) -> ExpositionEvent {
        var token = lexer.next(in: page)
        guard token == .metricName else { throw unexpected("expected metric name after \(kind.rawValue)", token, page) }
        var name = lexer.token
        if page[name.lowerBound] == UInt8(ascii: "\"") { name = (name.lowerBound + 1)..<(name.upperBound - 1) }
        token = lexer.next(in: page)
        guard token == .text else {
            let got = format == .text ? ", got \(token.rawValue)" : ""
            throw error("expected text in \(kind.rawValue)\(got)", page)
        }
        var range = lexer.token
        if format == .openMetrics { range = range.lowerBound..<(range.upperBound - 1) }
        if !range.isEmpty { range = (range.lowerBound + 1)..<range.upperBound }
        if format == .text {
            token = lexer.next(in: page)
            guard token == .lineBreak else { throw unexpected("linebreak expected after metadata", token, page) }
        }
        let metric = unescaped(name, page, escapingQuotes: true)
        switch kind {
        case .type:
            type = try metricType(range, page)
            return .type(metric: metric, type)
        case .help:
            guard isValidUTF8(page.extracting(range)) else {
                throw error("help text \(quotedText(range, page)) is not a valid utf8 string", page)
            }
            return .help(metric: metric, text: unescaped(range, page, escapingQuotes: format == .openMetrics))
        default:
            let unit = String(decoding: bytes(range, page), as: UTF8.self)
            guard unit.isEmpty || metric.hasSuffix("_" + unit) else {
                throw error("unit \(quotedText(range, page)) not a suffix of metric \(quotedText(name, page))", page)
            }
            return .unit(metric: metric, unit)
        }
    }

    private func metricType(_ range: Range<Int>, _ page: Span<UInt8>) throws(ExpositionError) -> MetricType {
        let word = String(decoding: bytes(range, page), as: UTF8.self)
        switch (format, word) {
        case (.text, "untyped"): return .unknown
        case (.text, "counter"), (.text, "gauge"), (.text, "histogram"), (.text, "summary"):
            return MetricType(rawValue: word)!
        case (.openMetrics, _):
            if let type = MetricType(rawValue: word) { return type }
        default: break
        }
        throw error("invalid metric type \(quotedText(range, page))", page)
    }

    private func unescaped(_ range: Range<Int>, _ page: Span<UInt8>, escapingQuotes: Bool) -> String {
        var text: [UInt8] = []
        appendUnescaped(range, page, to: &text, escapingQuotes: escapingQuotes)
        return String(decoding: text, as: UTF8.self)
    }

    // MARK: Errors

    /// Returns the bytes in `range`, including the line break that ends a body in the text format even if it is
    /// missing.
    private func bytes(_ range: Range<Int>, _ page: Span<UInt8>) -> [UInt8] {
        range.map { $0 < page.count ? page[$0] : UInt8(ascii: "\n") }
    }

    private func quotedText(_ range: Range<Int>, _ page: Span<UInt8>) -> String {
        // Long tokens are cut, so that messages stay readable.
        let shown = range.count > 1000 ? range.lowerBound..<(range.lowerBound + 1000) : range
        return goQuoted(bytes(shown, page)) + (shown == range ? "" : "...")
    }

    private func unexpected(
        _ expectation: String, _ token: ExpositionLexer.Token, _ page: Span<UInt8>
    ) -> ExpositionError {
        let end = min(format == .text ? page.count + 1 : page.count, lexer.position + 1)
        return error(
            "\(expectation), got \(quotedText(lexer.token.lowerBound..<end, page)) (\"\(token.rawValue)\") while parsing: "
                + quotedText(lineStart..<end, page), page)
    }

    private func error(_ message: String, _ page: Span<UInt8>) -> ExpositionError {
        var line = 1
        for index in 0..<min(lineStart, page.count) where page[index] == UInt8(ascii: "\n") { line += 1 }
        return ExpositionError(line: line, message: message)
    }
}

/// Rewrites the number at the end of `text`, if there is one, so that it has a point or an exponent.
private func normalizeNumber(in text: inout [UInt8], from start: Int) {
    guard let number = parseDouble(text.span.extracting(start..<text.count)) else { return }
    var written = formatDouble(number, style: .general)
    if number.isFinite, !written.utf8.contains(where: { $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "e") }) {
        written += ".0"
    }
    text.replaceSubrange(start..., with: written.utf8)
}

/// Appends a text without its escapes: `\\`, `\n` and, in labels, `\"` are escapes; other backslashes are literal.
private func appendUnescaped(
    _ range: Range<Int>, _ page: Span<UInt8>, to text: inout [UInt8], escapingQuotes: Bool = true
) {
    text.reserveCapacity(text.count + range.count)
    var index = range.lowerBound
    while index < range.upperBound {
        let byte = page[index]
        let next = index + 1 < range.upperBound ? page[index + 1] : 0
        index += 1
        guard byte == UInt8(ascii: "\\") else {
            text.append(byte)
            continue
        }
        switch next {
        case UInt8(ascii: "\\"): text.append(UInt8(ascii: "\\"))
        case UInt8(ascii: "n"): text.append(UInt8(ascii: "\n"))
        case UInt8(ascii: "\"") where escapingQuotes: text.append(UInt8(ascii: "\""))
        default:
            text.append(byte)
            continue
        }
        index += 1
    }
}
