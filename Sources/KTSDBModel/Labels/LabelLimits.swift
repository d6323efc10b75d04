/// Limits on the number and the length of a series' labels.
///
/// Long labels also slow down queries over other series, since reading the values of a label reads all of them. `nil`
/// means no limit. All bounds are inclusive, and all lengths are in bytes of UTF-8.
public struct LabelLimits: Hashable, Sendable {
    /// The number of labels of a series, including the metric's name.
    public var labelsPerSeries: Int?
    /// The length of a label's name.
    public var nameBytes: Int?
    /// The length of a label's value, including a metric's name.
    public var valueBytes: Int?
    /// The total length of all names and values of a series.
    public var seriesBytes: Int?

    /// Creates limits. Those left out are `nil`.
    public init(labelsPerSeries: Int? = nil, nameBytes: Int? = nil, valueBytes: Int? = nil, seriesBytes: Int? = nil) {
        self.labelsPerSeries = labelsPerSeries
        self.nameBytes = nameBytes
        self.valueBytes = valueBytes
        self.seriesBytes = seriesBytes
    }

    /// 128 labels, names of 1 KiB, values of 16 KiB, and 64 KiB in total: far beyond what labels for grouping and
    /// selecting need.
    public static let standard = LabelLimits(
        labelsPerSeries: 128, nameBytes: 1 << 10, valueBytes: 16 << 10, seriesBytes: 64 << 10)
    /// No limits except those of the format: names and values of at most 16,777,215 bytes.
    public static let none = LabelLimits()

    /// Returns how `labels` exceed a limit, or nil if they do not. One pass; allocates only for an excess.
    public func excess(of labels: Labels) -> LabelExcess? { excess(ofStringForm: labels.bytes.span) }

    /// Returns how labels with this well-formed string form exceed a limit, or nil if they do not.
    ///
    /// Short labels, nearly all, cost one comparison.
    @inline(__always)
    package func excess(ofStringForm form: Span<UInt8>) -> LabelExcess? {
        form.count <= harmlessByteCount ? nil : walk(form)
    }

    /// A string form of at most this many bytes is within all limits, since a label takes more than three bytes.
    private var harmlessByteCount: Int {
        var count = Int.max
        if let labelsPerSeries { count = labelsPerSeries.multipliedReportingOverflow(by: 3).partialValue }
        if let nameBytes { count = min(count, nameBytes) }
        if let valueBytes { count = min(count, valueBytes) }
        if let seriesBytes { count = min(count, seriesBytes) }
        return count
    }

    @inline(never)
    private func walk(_ form: Span<UInt8>) -> LabelExcess? {
        var cursor = FieldWalk(), labels = 0, bytes = 0
        while let name = cursor.next(in: form), let value = cursor.next(in: form) {
            labels += 1
            bytes += name.count + value.count
            if let limit = nameBytes, name.count > limit {
                return LabelExcess(.nameBytes, form, label: name, found: name.count, limit: limit)
            }
            if let limit = valueBytes, value.count > limit {
                return LabelExcess(.valueBytes, form, label: name, found: value.count, limit: limit)
            }
        }
        if let limit = labelsPerSeries, labels > limit {
            return LabelExcess(.labelsPerSeries, form, label: nil, found: labels, limit: limit)
        }
        if let limit = seriesBytes, bytes > limit {
            return LabelExcess(.seriesBytes, form, label: nil, found: bytes, limit: limit)
        }
        return nil
    }
}

/// How a series' labels exceed a limit.
public struct LabelExcess: Error, Hashable, Sendable, CustomStringConvertible {
    /// The limits, by their names in ``LabelLimits``.
    public enum Limit: String, Hashable, Sendable, CaseIterable {
        case labelsPerSeries, nameBytes, valueBytes, seriesBytes
    }

    /// The exceeded limit.
    public var limit: Limit
    /// The first 50 characters of the metric's name; empty without one.
    public var metric: String
    /// The first 50 characters of the name of the label that is too long; nil if all labels together exceed the limit.
    public var label: String?
    /// The number of labels or bytes found.
    public var found: Int
    /// The largest number allowed.
    public var allowed: Int

    fileprivate init(_ limit: Limit, _ form: Span<UInt8>, label: Range<Int>?, found: Int, limit allowed: Int) {
        self.limit = limit
        self.label = label.map { Self.beginning(of: $0, in: form) }
        self.found = found
        self.allowed = allowed
        metric = ""
        var cursor = FieldWalk()
        while let name = cursor.next(in: form), let value = cursor.next(in: form) {
            if name.count == 8, Self.beginning(of: name, in: form) == "__name__" {
                metric = Self.beginning(of: value, in: form)
                break
            }
        }
    }

    /// Returns at most 50 characters of the first 200 bytes, so that a message about a long text is short.
    private static func beginning(of range: Range<Int>, in form: Span<UInt8>) -> String {
        var bytes: [UInt8] = []
        for index in range.prefix(200) { bytes.append(form[index]) }
        return String(String(decoding: bytes, as: UTF8.self).unicodeScalars.prefix(50))
    }

    /// The limit, the metric and label, and the numbers found and allowed, worded like Prometheus' scrape limits.
    public var description: String {
        let metric = "metric: \(goQuoted(metric))"
        let label = label.map { ", label name: \(goQuoted($0))" } ?? ""
        return switch limit {
        case .labelsPerSeries: "too many labels (\(metric), number of labels: \(found), limit: \(allowed))"
        case .nameBytes: "label name too long (\(metric)\(label), length: \(found), limit: \(allowed))"
        case .valueBytes: "label value too long (\(metric)\(label), length: \(found), limit: \(allowed))"
        case .seriesBytes: "labels too long (\(metric), length of all names and values: \(found), limit: \(allowed))"
        }
    }
}

/// Iterates over the names and values of a well-formed string form in a span.
private struct FieldWalk {
    private var position = 0

    mutating func next(in form: Span<UInt8>) -> Range<Int>? {
        guard position < form.count else { return nil }
        var length = Int(form[position])
        position += 1
        if length == 255 {
            length = Int(form[position]) | Int(form[position + 1]) << 8 | Int(form[position + 2]) << 16
            position += 3
        }
        defer { position += length }
        return position..<(position + length)
    }
}
