package import KTSDBModel

/// Writes a scrape body in the text format 0.0.4.
///
/// ```swift
/// page.family("http_requests_total", .counter, help: "Requests served.")
/// page.sample("http_requests_total", ["code": "200"], value: 1027)
/// ```
package struct ExpositionWriter: ~Copyable, Sendable {
    private var output: ByteWriter

    /// Creates an empty body with room for `capacity` bytes.
    package init(capacity: Int = 4096) { output = ByteWriter(capacity: capacity) }

    /// The bytes written so far.
    package var bytes: [UInt8] { output.bytes }

    /// The text written so far.
    package var text: String { output.text }

    /// The number of bytes written since the last ``removeAll()``.
    package var count: Int { output.count }

    /// Discards the bytes written and keeps the memory.
    package mutating func removeAll() { output.removeAll() }

    /// Begins a metric: its samples must follow before the next one begins.
    ///
    /// - Precondition: `type` exists in the text format.
    package mutating func family(_ name: String, _ type: MetricType, help: String = "") {
        if !help.isEmpty {
            output.append("# HELP ")
            appendName(name)
            output.append(UInt8(ascii: " "))
            appendEscaped(Array(help.utf8).span, escapingQuotes: false)
            output.append(UInt8(ascii: "\n"))
        }
        output.append("# TYPE ")
        appendName(name)
        switch type {
        case .unknown: output.append(" untyped\n")
        case .counter, .gauge, .histogram, .summary:
            output.append(UInt8(ascii: " "))
            output.append(type.rawValue)
            output.append(UInt8(ascii: "\n"))
        case .gaugehistogram, .info, .stateset: preconditionFailure("The text format has no type \(type.rawValue).")
        }
    }

    /// Writes a sample.
    package mutating func sample(
        _ name: String, _ labels: KeyValuePairs<String, String> = [:], value: Double, at timestamp: Timestamp? = nil
    ) {
        write(name, labels.map { ($0.key, $0.value) }, value, timestamp)
    }

    /// Writes a sample of the series with these labels, including the metric name.
    package mutating func sample(_ labels: Labels, value: Double, at timestamp: Timestamp? = nil) {
        let others = labels.lazy.filter { $0.name != "__name__" }.map { ($0.name, $0.value) }
        write(labels.metricName ?? "", others, value, timestamp)
    }

    /// Writes a sample with its labels in the given order.
    package mutating func sample(
        _ name: String, ordered labels: [(name: String, value: String)], value: Double, at timestamp: Timestamp?
    ) {
        write(name, labels.lazy.map { ($0.name, $0.value) }, value, timestamp)
    }

    private mutating func write(
        _ name: String, _ labels: some Sequence<(String, String)>, _ value: Double, _ timestamp: Timestamp?
    ) {
        let hasPlainName = LabelName.isLegacyMetricName(name)
        if hasPlainName { output.append(name) }
        var isFirst = true
        func separate(_ output: inout ByteWriter) {
            output.append(UInt8(ascii: isFirst ? "{" : ","))
            isFirst = false
        }
        if !hasPlainName && !name.isEmpty {
            separate(&output)
            appendName(name)
        }
        for (label, text) in labels {
            separate(&output)
            appendLabel(label, Array(text.utf8).span)
        }
        if !isFirst { output.append(UInt8(ascii: "}")) }
        finish(value, timestamp)
    }

    /// Writes the samples of a histogram: the cumulative count of each bucket, the sum of the observations and their
    /// count.
    ///
    /// `counts` has the number of observations in each bucket, not cumulative. It has one element more than `bounds`:
    /// the last one counts the observations above all bounds.
    package mutating func histogram(
        _ name: String, _ labels: KeyValuePairs<String, String> = [:], bounds: [Double], counts: [UInt64], sum: Double
    ) {
        precondition(counts.count == bounds.count + 1, "A histogram has one bucket more than bounds.")
        var total: UInt64 = 0
        for (index, count) in counts.enumerated() {
            total += count
            output.append(name)
            output.append("_bucket{")
            for (label, text) in labels {
                appendLabel(label, Array(text.utf8).span)
                output.append(UInt8(ascii: ","))
            }
            output.append("le=\"")
            output.append(index < bounds.count ? bounds[index] : .infinity, style: .general)
            output.append("\"}")
            finish(Double(total), nil)
        }
        sample(name + "_sum", labels, value: sum)
        sample(name + "_count", labels, value: Double(total))
    }

    private mutating func finish(_ value: Double, _ timestamp: Timestamp?) {
        output.append(UInt8(ascii: " "))
        output.append(value, style: .general)
        if let timestamp {
            output.append(UInt8(ascii: " "))
            output.append(timestamp.milliseconds)
        }
        output.append(UInt8(ascii: "\n"))
    }

    private mutating func appendLabel(_ name: String, _ value: Span<UInt8>) {
        if LabelName.isLegacy(name) { output.append(name) } else { appendQuoted(name) }
        output.append("=\"")
        appendEscaped(value, escapingQuotes: true)
        output.append(UInt8(ascii: "\""))
    }

    private mutating func appendName(_ name: String) {
        if LabelName.isLegacyMetricName(name) { output.append(name) } else { appendQuoted(name) }
    }

    private mutating func appendQuoted(_ name: String) {
        output.append(UInt8(ascii: "\""))
        appendEscaped(Array(name.utf8).span, escapingQuotes: true)
        output.append(UInt8(ascii: "\""))
    }

    private mutating func appendEscaped(_ text: Span<UInt8>, escapingQuotes: Bool) {
        for index in 0..<text.count {
            switch text[index] {
            case UInt8(ascii: "\\"): output.append("\\\\")
            case UInt8(ascii: "\n"): output.append("\\n")
            case UInt8(ascii: "\"") where escapingQuotes: output.append("\\\"")
            default: output.append(text[index])
            }
        }
    }
}
