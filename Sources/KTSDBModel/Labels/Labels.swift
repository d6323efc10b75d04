/// The identity of a series: label names and values, sorted by name, each name once, no empty values.
///
/// Held as one run of bytes, the *string form*: for each label the length and bytes of its name, then the length and
/// bytes of its value. A length below 255 is one byte; a longer one is 255 and three bytes, lowest first. This is the
/// form that Prometheus hashes, so that ``fingerprint`` agrees with it. Copying is one retain.
///
/// Names and values are bytes, expected to be UTF-8; ill-formed text is kept and compared as it is.
@frozen
public struct Labels: Sendable {
    @usableFromInline package var bytes: [UInt8]

    /// No labels.
    @inlinable
    public init() { bytes = [] }

    /// Wraps a string form that is known to be well-formed, sorted and free of empty values and repeated names.
    @inlinable
    package init(uncheckedStringForm bytes: [UInt8]) { self.bytes = bytes }

    /// Creates labels from pairs in any order. Of a repeated name the last value counts; empty values are left out.
    ///
    /// - Precondition: Names and values have at most ``fieldByteLimit`` bytes; ``init(checking:)`` throws instead.
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

    /// The number of labels; walks all of them.
    public var count: Int {
        var cursor = LabelCursor(bytes)
        var count = 0
        while cursor.next() != nil { count += 1 }
        return count
    }

    /// The string form's bytes, as described at the type.
    @inlinable
    public var stringForm: [UInt8] { bytes }

    /// The value of the label `name`, or nil when there is none. Walks the labels; allocates the result only.
    public subscript(name: String) -> String? {
        guard let range = valueRange(of: name) else { return nil }
        return String(decoding: bytes[range], as: UTF8.self)
    }

    /// The metric's name: the value of `__name__`.
    public var metricName: String? { self["__name__"] }

    /// Where in ``stringForm`` the value of the label `name` is, or nil when there is none.
    public func valueRange(of name: String) -> Range<Int>? {
        var cursor = LabelCursor(bytes)
        while let label = cursor.next() {
            if bytes[label.name].elementsEqual(name.utf8) { return label.value }
        }
        return nil
    }

    /// The 64-bit hash that names the series in the canonical order: xxHash64 of ``stringForm`` with seed 0, equal to
    /// Prometheus' `Labels.Hash()`. Different labels may share it; label bytes decide equality.
    public var fingerprint: UInt64 { XXHash64.hash(bytes.span.rawBytes) }
}

extension Labels: Hashable {
    /// Whether two label sets have the same bytes.
    @inlinable
    public static func == (left: Labels, right: Labels) -> Bool { left.bytes == right.bytes }

    /// Hashes the string form.
    public func hash(into hasher: inout Hasher) {
        // All bytes at once: an array would hash them one by one.
        hasher.combine(bytes.span.rawBytes)
    }
}

extension Labels: Comparable {
    /// Prometheus' order of label sets: label by label, by name and then by value; the shorter first if it is a prefix.
    public static func < (left: Labels, right: Labels) -> Bool {
        let leftBytes = left.bytes, rightBytes = right.bytes
        return precedes(leftBytes.span, rightBytes.span)
    }

    /// The order of two label sets, given as string forms.
    package static func precedes(_ a: Span<UInt8>, _ b: Span<UInt8>) -> Bool {
        let same = commonPrefix(a, b)
        guard same < a.count, same < b.count else { return a.count < b.count }
        // Before `position` both forms are equal, so that their fields start at the same places.
        var position = 0
        while true {
            let x = field(a, at: position)
            if same < x.lowerBound {
                // They differ in a length: the bytes decide, and only then which has fewer.
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

    /// How many bytes at the beginning of both are equal.
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

    /// Where the bytes of the name or value are whose length stands at `position`.
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

    /// Walks the labels by name; allocates two strings for each.
    public struct Iterator: IteratorProtocol {
        let bytes: [UInt8]
        var cursor: LabelCursor

        /// The next label, or nil after the last one.
        public mutating func next() -> Label? {
            guard let label = cursor.next() else { return nil }
            return Label(
                name: String(decoding: bytes[label.name], as: UTF8.self),
                value: String(decoding: bytes[label.value], as: UTF8.self))
        }
    }

    /// Starts a walk over the labels, by name.
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

/// Where the parts of one label are in a string form.
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

/// Walks the labels of a well-formed string form without allocating.
@frozen @usableFromInline
package struct LabelCursor: Sendable {
    @usableFromInline let bytes: [UInt8]
    @usableFromInline var position = 0

    @inlinable
    package init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// The next label's place, or nil after the last one.
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
