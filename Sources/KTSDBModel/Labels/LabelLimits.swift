/// How many labels a series may have, and how long they may be.
///
/// Long labels harm queries over other series too: whoever reads the values of a label reads all of them. What has data
/// of its own kind sets a limit to `nil`, which means any. All bounds are inclusive, all lengths in bytes of UTF-8.
public struct LabelLimits: Hashable, Sendable {
    /// Labels of one series, the metric's name included.
    public var labelsPerSeries: Int?
    /// The length of a label's name.
    public var nameBytes: Int?
    /// The length of a label's value, and so of a metric's name.
    public var valueBytes: Int?
    /// The length of all names and values of one series together.
    public var seriesBytes: Int?

    /// Creates limits; what is left out has none.
    public init(labelsPerSeries: Int? = nil, nameBytes: Int? = nil, valueBytes: Int? = nil, seriesBytes: Int? = nil) {
        self.labelsPerSeries = labelsPerSeries
        self.nameBytes = nameBytes
        self.valueBytes = valueBytes
        self.seriesBytes = seriesBytes
    }

    /// 128 labels, names of 1 KiB, values of 16 KiB, 64 KiB together: far beyond what a label that groups or selects
    /// needs.
    public static let standard = LabelLimits(
        labelsPerSeries: 128, nameBytes: 1 << 10, valueBytes: 16 << 10, seriesBytes: 64 << 10)
    /// No limits but those of the format: names and values of 16,777,215 bytes.
    public static let none = LabelLimits()

    /// What of `labels` is over a limit, or nil. One pass; nothing is allocated unless something is.
    public func excess(of labels: Labels) -> LabelExcess? { excess(ofStringForm: labels.bytes.span) }

    /// What of labels with this string form, which must be well-formed, is over a limit.
    ///
    /// Short ones, nearly all, cost a comparison.
    @inline(__always)
    package func excess(ofStringForm form: Span<UInt8>) -> LabelExcess? {
        form.count <= harmlessByteCount ? nil : walk(form)
    }

    /// So many bytes of a string form are within all limits, whatever they hold: a label takes three at least.
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

/// What of a series' labels is over a limit.
public struct LabelExcess: Error, Hashable, Sendable, CustomStringConvertible {
    /// The limit, by the name that it has in ``LabelLimits``.
    public enum Limit: String, Hashable, Sendable, CaseIterable {
        case labelsPerSeries, nameBytes, valueBytes, seriesBytes
    }

    /// Which limit it is.
    public var limit: Limit
    /// The metric's name, its first 50 characters; empty without one.
    public var metric: String
    /// The name of the label that is too long, its first 50 characters; nil where all labels together are too many.
    public var label: String?
    /// What was found, labels or bytes.
    public var found: Int
    /// What is allowed.
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

    /// At most 50 characters, taken from the first 200 bytes: a text that is quoted must not be as long as what it
    /// complains about.
    private static func beginning(of range: Range<Int>, in form: Span<UInt8>) -> String {
        var bytes: [UInt8] = []
        for index in range.prefix(200) { bytes.append(form[index]) }
        return String(String(decoding: bytes, as: UTF8.self).unicodeScalars.prefix(50))
    }

    /// What is too long, where, and by how much, in the manner of Prometheus' limits for scrapes.
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

/// Walks names and values of a well-formed string form that is not held as an array.
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
