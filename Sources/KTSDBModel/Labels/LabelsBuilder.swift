/// Builds label sets by setting and removing labels, in any order.
///
/// Text of any length may be set. A name or value of more than ``Labels/fieldByteLimit`` bytes, which a label set
/// cannot hold, only sets ``problem``, which ``build()`` throws: text from outside is refused, never truncated.
public struct LabelsBuilder: Sendable {
    /// Sorted by the bytes of the name.
    private var pairs: [(name: [UInt8], value: [UInt8])] = []
    /// The first label that could not be set because its name or value is too long, or nil.
    public private(set) var problem: LabelTooLong?

    /// Creates a builder without labels.
    public init() {}

    /// Creates a builder with the labels of `labels`.
    public init(_ labels: Labels) {
        var cursor = LabelCursor(labels.bytes)
        while let label = cursor.next() {
            pairs.append((Array(labels.bytes[label.name]), Array(labels.bytes[label.value])))
        }
    }

    /// Sets the label `name`. An empty `value` removes it.
    public mutating func set(_ name: String, _ value: String) { set(Array(name.utf8), Array(value.utf8)) }

    /// Sets the label `name`, given as bytes. An empty `value` removes it.
    public mutating func set(_ name: [UInt8], _ value: [UInt8]) {
        guard max(name.count, value.count) <= Labels.fieldByteLimit else {
            problem = problem ?? LabelTooLong(name: name, byteCount: max(name.count, value.count))
            return
        }
        let (index, found) = place(of: name)
        switch (found, value.isEmpty) {
        case (true, true): pairs.remove(at: index)
        case (true, false): pairs[index].value = value
        case (false, false): pairs.insert((name, value), at: index)
        case (false, true): break
        }
    }

    /// Removes the label `name`, if it exists.
    public mutating func remove(_ name: String) { set(Array(name.utf8), []) }

    /// The value of the label `name`, or nil if it does not exist.
    public subscript(name: String) -> String? {
        let (index, found) = place(of: Array(name.utf8))
        return found ? String(decoding: pairs[index].value, as: UTF8.self) : nil
    }

    /// Returns the labels set so far.
    /// - Throws: ``LabelTooLong`` if ``problem`` is set.
    public func build() throws(LabelTooLong) -> Labels {
        if let problem { throw problem }
        return labels
    }

    /// The labels set so far, if no text of unknown length was set.
    ///
    /// - Precondition: ``problem`` is nil. Use ``build()`` for text from outside.
    public var labels: Labels {
        precondition(problem == nil, "A label's name or value is longer than a label set can hold; build() throws it.")
        var bytes: [UInt8] = []
        bytes.reserveCapacity(pairs.reduce(0) { $0 + $1.name.count + $1.value.count + 2 })
        for pair in pairs {
            Labels.append(field: pair.name, to: &bytes)
            Labels.append(field: pair.value, to: &bytes)
        }
        return Labels(uncheckedStringForm: bytes)
    }

    private func place(of name: [UInt8]) -> (index: Int, found: Bool) {
        let low = (0..<pairs.count).partitionPoint { pairs[$0].name.lexicographicallyPrecedes(name) }
        return (low, low < pairs.count && pairs[low].name == name)
    }
}

/// A label's name or value that is longer than a label set can hold.
public struct LabelTooLong: Error, Hashable, Sendable, CustomStringConvertible {
    /// The first 50 characters of the label's name.
    public var name: String
    /// The length in bytes of the name or of the value, whichever is longer.
    public var byteCount: Int

    package init(name: some Collection<UInt8>, byteCount: Int) {
        self.name = String(String(decoding: name.prefix(200), as: UTF8.self).unicodeScalars.prefix(50))
        self.byteCount = byteCount
    }

    /// The label, its length and the limit.
    public var description: String {
        "label name or value too long (label name: \(goQuoted(name)), length: \(byteCount), limit: \(Labels.fieldByteLimit))"
    }
}

extension Labels {
    /// The largest length in bytes of a label's name or value, since the string form stores lengths in three bytes.
    public static let fieldByteLimit = 0xff_ffff

    /// Creates labels from pairs in any order, which may come from outside. The last value of a repeated name counts;
    /// empty values are left out.
    /// - Throws: ``LabelTooLong`` for a name or value of more than ``fieldByteLimit`` bytes.
    public init(checking pairs: some Sequence<(String, String)>) throws(LabelTooLong) {
        var builder = LabelsBuilder()
        for (name, value) in pairs { builder.set(name, value) }
        self = try builder.build()
    }

    /// Appends the length and the bytes of a name or value to a string form.
    ///
    /// - Precondition: `field` has at most ``fieldByteLimit`` bytes. The caller must check text from outside.
    @inlinable
    package static func append(field: some RandomAccessCollection<UInt8>, to bytes: inout [UInt8]) {
        append(length: field.count, to: &bytes)
        bytes.append(contentsOf: field)
    }

    /// Appends the length of a name or value to a string form.
    ///
    /// - Precondition: `length` is at most ``fieldByteLimit``.
    @inlinable
    package static func append(length: Int, to bytes: inout [UInt8]) {
        precondition(length <= 0xff_ffff, "A label's name or value has at most 16,777,215 bytes.")
        if length < 255 {
            bytes.append(UInt8(truncatingIfNeeded: length))
        } else {
            bytes.append(255)
            bytes.append(UInt8(truncatingIfNeeded: length))
            bytes.append(UInt8(truncatingIfNeeded: length >> 8))
            bytes.append(UInt8(truncatingIfNeeded: length >> 16))
        }
    }

    /// Returns the labels whose names are in `names`, given in any order.
    public func keeping(only names: [String]) -> Labels {
        filtered { name in names.contains { $0.utf8.elementsEqual(name) } }
    }

    /// Returns the labels whose names are not in `names`.
    public func removing(_ names: [String]) -> Labels {
        filtered { name in !names.contains { $0.utf8.elementsEqual(name) } }
    }

    private func filtered(_ keep: (ArraySlice<UInt8>) -> Bool) -> Labels {
        var kept: [UInt8] = []
        kept.reserveCapacity(bytes.count)
        var cursor = LabelCursor(bytes)
        var from = 0
        while let label = cursor.next() {
            if keep(bytes[label.name]) { kept.append(contentsOf: bytes[from..<label.value.upperBound]) }
            from = label.value.upperBound
        }
        return Labels(uncheckedStringForm: kept)
    }

    /// Returns the labels with `name` set to `value`. An empty `value` removes it.
    ///
    /// - Precondition: Both have at most ``fieldByteLimit`` bytes.
    public func setting(_ name: String, to value: String) -> Labels {
        setting(Array(name.utf8), to: Array(value.utf8))
    }

    /// Returns the labels with `name` set to `value`, given as bytes. Costs one copy of the labels.
    ///
    /// - Precondition: Both have at most ``fieldByteLimit`` bytes.
    public func setting(_ name: [UInt8], to value: [UInt8]) -> Labels {
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count + name.count + value.count + 8)
        // Copies what comes before the label first. An existing label with this name is left out.
        var cursor = LabelCursor(bytes), start = 0, end = bytes.count
        while let label = cursor.next() {
            guard bytes[label.name].lexicographicallyPrecedes(name) else {
                end = bytes[label.name].elementsEqual(name) ? label.value.upperBound : start
                break
            }
            start = label.value.upperBound
        }
        result.append(contentsOf: bytes[..<start])
        if !value.isEmpty {
            Self.append(field: name, to: &result)
            Self.append(field: value, to: &result)
        }
        result.append(contentsOf: bytes[end...])
        return Labels(uncheckedStringForm: result)
    }

    /// Whether `bytes` are a well-formed string form: lengths are within bounds, names ascend strictly, nothing is
    /// empty.
    package static func isWellFormed(stringForm bytes: Span<UInt8>) -> Bool {
        var position = 0
        var previous = 0..<0
        func field(_ bytes: Span<UInt8>) -> Range<Int>? {
            guard position < bytes.count else { return nil }
            var length = Int(bytes[position])
            position += 1
            if length == 255 {
                guard bytes.count - position >= 3 else { return nil }
                length = Int(bytes[position]) | Int(bytes[position + 1]) << 8 | Int(bytes[position + 2]) << 16
                guard length >= 255 else { return nil }
                position += 3
            }
            guard length > 0, bytes.count - position >= length else { return nil }
            position += length
            return (position - length)..<position
        }
        while position < bytes.count {
            guard let name = field(bytes), field(bytes) != nil else { return false }
            if !previous.isEmpty {
                var index = 0
                while index < previous.count, index < name.count,
                    bytes[previous.lowerBound + index] == bytes[name.lowerBound + index]
                {
                    index += 1
                }
                guard index < name.count else { return false }
                guard index == previous.count || bytes[previous.lowerBound + index] < bytes[name.lowerBound + index]
                else {
                    return false
                }
            }
            previous = name
        }
        return true
    }
}
