/// Writes a message `io.prometheus.client.MetricFamily`, as client libraries do.
package struct MetricFamilyBytes {
    /// The types of families, by their numbers.
    package enum Kind: UInt64 {
        case counter, gauge, summary, untyped, histogram, gaugeHistogram

        /// The field of a metric with its value.
        package var field: UInt64 { [3, 2, 4, 5, 7, 7][Int(rawValue)] }
    }

    private var content: [UInt8]
    private let kind: Kind
    private let unit: String

    /// Begins a family without metrics.
    package init(_ name: String, _ kind: Kind, help: String = "", unit: String = "") {
        self.kind = kind
        self.unit = unit
        content = Self.text(1, name)
        if !help.isEmpty { content += Self.text(2, help) }
        if kind != .counter { content += Self.integer(3, kind.rawValue) }
    }

    /// Adds a metric with the content of its value.
    package mutating func add(_ labels: [(String, String)], _ value: [UInt8], at timestamp: Int64? = nil) {
        var metric: [UInt8] = []
        for (name, value) in labels { metric += Self.message(1, Self.text(1, name) + Self.text(2, value)) }
        metric += Self.message(kind.field, value)
        if let timestamp { metric += Self.integer(6, UInt64(bitPattern: timestamp)) }
        content += Self.message(4, metric)
    }

    /// Adds a counter, gauge or untyped metric.
    package mutating func add(_ labels: [(String, String)], _ value: Double, at timestamp: Int64? = nil) {
        add(labels, Self.double(1, value), at: timestamp)
    }

    /// Adds a metric without labels.
    package mutating func add(_ value: [UInt8]) { add([], value) }

    /// Adds a counter, gauge or untyped metric without labels.
    package mutating func add(_ value: Double) { add([], value) }

    /// The message, with its length before it.
    package var delimited: [UInt8] {
        let whole = content + (unit.isEmpty ? [] : Self.text(5, unit))
        return Self.varint(UInt64(whole.count)) + whole
    }

    /// The content of a classic histogram.
    package static func classic(
        count: UInt64, sum: Double, _ buckets: [(bound: Double, count: UInt64)]
    ) -> [UInt8] {
        var bytes = integer(1, count) + double(2, sum)
        for bucket in buckets { bytes += message(3, integer(1, bucket.count) + double(2, bucket.bound)) }
        return bytes
    }

    /// What makes a histogram native, with one run of positive buckets from index `offset` on.
    package static func native(
        schema: Int64, zeroThreshold: Double = 0.001, zeroCount: UInt64 = 0, offset: Int64 = 0, deltas: [Int64]
    ) -> [UInt8] {
        var bytes = signed(5, schema) + double(6, zeroThreshold) + integer(7, zeroCount)
        bytes += message(12, signed(1, offset) + integer(2, UInt64(deltas.count)))
        bytes += message(13, deltas.flatMap { varint(zigzag($0)) })
        return bytes
    }

    // MARK: Fields

    package static func varint(_ value: UInt64) -> [UInt8] {
        var rest = value, bytes: [UInt8] = []
        while rest >= 128 {
            bytes.append(UInt8(rest & 127) | 128)
            rest >>= 7
        }
        return bytes + [UInt8(rest)]
    }

    package static func integer(_ field: UInt64, _ value: UInt64) -> [UInt8] { varint(field << 3) + varint(value) }

    package static func signed(_ field: UInt64, _ value: Int64) -> [UInt8] { integer(field, zigzag(value)) }

    package static func double(_ field: UInt64, _ value: Double) -> [UInt8] {
        varint(field << 3 | 1) + (0..<8).map { UInt8(truncatingIfNeeded: value.bitPattern >> (8 * UInt64($0))) }
    }

    package static func message(_ field: UInt64, _ content: [UInt8]) -> [UInt8] {
        varint(field << 3 | 2) + varint(UInt64(content.count)) + content
    }

    package static func text(_ field: UInt64, _ text: String) -> [UInt8] { message(field, Array(text.utf8)) }

    private static func zigzag(_ value: Int64) -> UInt64 { UInt64(bitPattern: (value << 1) ^ (value >> 63)) }
}
