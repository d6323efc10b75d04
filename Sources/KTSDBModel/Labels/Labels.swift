/// The identity of a series: label names and values, sorted by name, each name once, no empty values.
///
/// Stored as one byte string, the *string form*: for each label the length and bytes of its name, then the length and
/// bytes of its value. A length below 255 is one byte; a longer one is the byte 255 and three bytes, lowest first.
/// Prometheus hashes the same form, so that ``fingerprint`` agrees with it. Copying is one retain.
///
/// Names and values are bytes, expected to be UTF-8. Ill-formed text is kept and compared byte by byte.
@frozen
public struct Labels: Sendable {
    @usableFromInline package var bytes: [UInt8]

    /// Creates an empty label set.
    @inlinable
    public init() { bytes = [] }

    /// Wraps a string form that is known to be well-formed, sorted and free of empty values and repeated names.
    @inlinable
    package init(uncheckedStringForm bytes: [UInt8]) { self.bytes = bytes }

    /// Creates labels from pairs in any order. The last value of a repeated name counts; empty values are left out.
    ///
    /// - Precondition: Names and values have at most ``fieldByteLimit`` bytes. Use ``init(checking:)``, which throws,
    ///   for text from outside.
    public init(_ pairs: some Sequence<(String, String)>) {
        var builder = LabelsBuilder()
        for (name, value) in pairs { builder.set(name, value) }
        self = builder.labels
    }

    /// Creates labels from names and values. Empty values are left out.
    ///
    /// - Precondition: as for ``init(_:)`` of pairs.
    public init(_ values: [String: String]) { self.init(values.lazy.map { ($0.key, $0.value) }) }

    /// Whether there are no labels.
    @inlinable
    public var isEmpty: Bool { bytes.isEmpty }

    /// The number of labels. Costs a pass over all of them.
    public var count: Int {
        var cursor = LabelCursor(bytes)
        var count = 0
        while cursor.next() != nil { count += 1 }
        return count
    }

    /// The bytes of the string form, described at ``Labels``.
    @inlinable
    public var stringForm: [UInt8] { bytes }

    /// The value of the label `name`, or nil if it does not exist. Searches the labels in order; allocates only the
    /// result.
    public subscript(name: String) -> String? {
        guard let range = valueRange(of: name) else { return nil }
        return String(decoding: bytes[range], as: UTF8.self)
    }

    /// The metric's name: the value of `__name__`.
    public var metricName: String? { self["__name__"] }

    /// Returns the range in ``stringForm`` of the value of the label `name`, or nil if it does not exist.
    public func valueRange(of name: String) -> Range<Int>? {
        var cursor = LabelCursor(bytes)
        while let label = cursor.next() {
            if bytes[label.name].elementsEqual(name.utf8) { return label.value }
        }
        return nil
    }

    /// The 64-bit hash by which series are ordered: xxHash64 of ``stringForm`` with seed 0, equal to Prometheus'
    /// `Labels.Hash()`. Different labels may have the same hash; only label bytes decide equality.
    public var fingerprint: UInt64 { Self.fingerprint(ofStringForm: bytes.span) }

    /// Returns the ``fingerprint`` of the labels with this string form.
    @inline(__always)
    package static func fingerprint(ofStringForm bytes: Span<UInt8>) -> UInt64 { XXHash64.hash(bytes.rawBytes) }
}

extension Labels: Hashable {
    /// Whether two label sets have the same bytes.
    @inlinable
    public static func == (left: Labels, right: Labels) -> Bool { left.bytes == right.bytes }

    /// Hashes the string form.
    public func hash(into hasher: inout Hasher) {
        // All bytes at once, since an array would hash them one by one.
        hasher.combine(bytes.span.rawBytes)
    }
}

extension Labels: Comparable {
    /// Prometheus' order of label sets: label by label, by name and then by value. A prefix comes first.
    public static func < (left: Labels, right: Labels) -> Bool {
        let leftBytes = left.bytes, rightBytes = right.bytes
        return precedes(leftBytes.span, rightBytes.span)
    }

    /// Whether the label set with string form `a` comes before that with string form `b`.
    package static func precedes(_ a: Span<UInt8>, _ b: Span<UInt8>) -> Bool {
        let same = commonPrefix(a, b)
        guard same < a.count, same < b.count else { return a.count < b.count }
        // Both forms are equal before `position`, so their fields start at the same offsets.
        var position = 0
        while true {
            let x = field(a, at: position)
            if same < x.lowerBound {
                // They differ in a length: the bytes are compared first, and then the lengths.
                let y = field(b, at: position), common = Swift.min(x.count, y.count)
                for index in 0..<common where a[x.lowerBound + index] != b[y.lowerBound + index] {
                    return a[x.lowerBound + index] < b[y.lowerBound + index]
                }
                return x.count < y.count
            }
            if same < x.upperBound { return a[same] < b[same] }
            position = x.upperBound
        }
    }

    /// Returns the length of the longest common prefix.
    private static func commonPrefix(_ a: Span<UInt8>, _ b: Span<UInt8>) -> Int {
        let count = Swift.min(a.count, b.count)
        var index = 0
        while index + 8 <= count {
            let x = a.rawBytes.load(littleEndian: UInt64.self, at: index)
            let y = b.rawBytes.load(littleEndian: UInt64.self, at: index)
            if x != y { return index + (x ^ y).trailingZeroBitCount / 8 }
            index += 8
        }
        while index < count, a[index] == b[index] { index += 1 }
        return index
    }

    /// Returns the range of the bytes of the name or value whose length is at `position`.
    private static func field(_ bytes: Span<UInt8>, at position: Int) -> Range<Int> {
        var start = position + 1, length = Int(bytes[position])
        if length == 255 {
            length = Int(bytes[start]) | Int(bytes[start + 1]) << 8 | Int(bytes[start + 2]) << 16
            start += 3
        }
        return start..<(start + length)
    }
}

extension Labels: Sequence {
    /// One label.
    public struct Label: Hashable, Sendable {
        /// The label's name.
        public var name: String
        /// The label's value, never empty.
        public var value: String
    }

    /// Iterates over the labels, sorted by name. Allocates two strings for each.
    public struct Iterator: IteratorProtocol {
        let bytes: [UInt8]
        var cursor: LabelCursor

        /// Returns the next label, or nil after the last one.
        public mutating func next() -> Label? {
            guard let label = cursor.next() else { return nil }
            return Label(
                name: String(decoding: bytes[label.name], as: UTF8.self),
                value: String(decoding: bytes[label.value], as: UTF8.self))
        }
    }

    /// Returns an iterator over the labels, sorted by name.
    public func makeIterator() -> Iterator { Iterator(bytes: bytes, cursor: LabelCursor(bytes)) }
}

extension Labels: ExpressibleByDictionaryLiteral {
    /// Creates labels from a literal such as `["__name__": "up", "job": "api"]`.
    public init(dictionaryLiteral elements: (String, String)...) { self.init(elements) }
}

extension Labels: CustomStringConvertible {
    /// The labels as PromQL writes them: `up{job="api"}`, or `{job="api"}` without a metric name.
    public var description: String {
        var name = ""
        var parts: [String] = []
        for label in self {
            if label.name == "__name__", LabelName.isLegacyMetricName(label.value) {
                name = label.value
            } else if label.name == "__name__" {
                parts.insert(goQuoted(label.value), at: 0)
            } else {
                parts.append(
                    (LabelName.isLegacy(label.name) ? label.name : goQuoted(label.name)) + "=" + goQuoted(label.value))
            }
        }
        if !name.isEmpty, parts.isEmpty { return name }
        return name + "{" + parts.joined(separator: ", ") + "}"
    }
}

/// The ranges of a label's name and value in a string form.
@frozen @usableFromInline
package struct LabelRange: Sendable {
    @usableFromInline package var name: Range<Int>
    @usableFromInline package var value: Range<Int>

    @inlinable
    package init(name: Range<Int>, value: Range<Int>) {
        self.name = name
        self.value = value
    }
}

/// Iterates over the labels of a well-formed string form without allocating.
@frozen @usableFromInline
package struct LabelCursor: Sendable {
    @usableFromInline let bytes: [UInt8]
    @usableFromInline var position = 0

    @inlinable
    package init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// Returns the ranges of the next label, or nil after the last one.
    @inlinable
    package mutating func next() -> LabelRange? {
        guard position < bytes.count else { return nil }
        let name = field()
        let value = field()
        return LabelRange(name: name, value: value)
    }

    @inlinable
    mutating func field() -> Range<Int> {
        var length = Int(bytes[position])
        position += 1
        if length == 255 {
            length = Int(bytes[position]) | Int(bytes[position + 1]) << 8 | Int(bytes[position + 2]) << 16
            position += 3
        }
        defer { position += length }
        return position..<(position + length)
    }
}

/// The character sets of names.
public enum LabelName {
    /// Whether `name` is a label name of the classic character set: `[a-zA-Z_][a-zA-Z0-9_]*`.
    public static func isLegacy(_ name: String) -> Bool { check(name, allowingColons: false) }

    /// Whether `name` is a metric name of the classic character set: `[a-zA-Z_:][a-zA-Z0-9_:]*`.
    public static func isLegacyMetricName(_ name: String) -> Bool { check(name, allowingColons: true) }

    static func check(_ name: String, allowingColons: Bool) -> Bool {
        var first = true
        for byte in name.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"): break
            case UInt8(ascii: "0")...UInt8(ascii: "9") where !first: break
            case UInt8(ascii: ":") where allowingColons: break
            default: return false
            }
            first = false
        }
        return !first
    }
}
