/// Builds label sets by setting and removing labels, in any order.
public struct LabelsBuilder: Sendable {
    /// Sorted by the bytes of the name.
    private var pairs: [(name: [UInt8], value: [UInt8])] = []

    /// Starts without labels.
    public init() {}

    /// Starts with the labels of `labels`.
    public init(_ labels: Labels) {
        var cursor = LabelCursor(labels.bytes)
        while let label = cursor.next() {
            pairs.append((Array(labels.bytes[label.name]), Array(labels.bytes[label.value])))
        }
    }

    /// Sets the label `name`; an empty `value` removes it.
    public mutating func set(_ name: String, _ value: String) { set(Array(name.utf8), Array(value.utf8)) }

    /// Sets the label `name`, both given as bytes; an empty `value` removes it.
    public mutating func set(_ name: [UInt8], _ value: [UInt8]) {
        let (index, found) = place(of: name)
        switch (found, value.isEmpty) {
        case (true, true): pairs.remove(at: index)
        case (true, false): pairs[index].value = value
        case (false, false): pairs.insert((name, value), at: index)
        case (false, true): break
        }
    }

    /// Removes the label `name`, if it is there.
    public mutating func remove(_ name: String) { set(Array(name.utf8), []) }

    /// The value of the label `name`, or nil when there is none.
    public subscript(name: String) -> String? {
        let (index, found) = place(of: Array(name.utf8))
        return found ? String(decoding: pairs[index].value, as: UTF8.self) : nil
    }

    /// The labels as they stand now.
    public var labels: Labels {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(pairs.reduce(0) { $0 + $1.name.count + $1.value.count + 2 })
        for pair in pairs {
            Labels.append(field: pair.name, to: &bytes)
            Labels.append(field: pair.value, to: &bytes)
        }
        return Labels(uncheckedStringForm: bytes)
    }

    private func place(of name: [UInt8]) -> (index: Int, found: Bool) {
        var low = 0, high = pairs.count
        while low < high {
            let middle = (low + high) / 2
            if pairs[middle].name.lexicographicallyPrecedes(name) { low = middle + 1 } else { high = middle }
        }
        return (low, low < pairs.count && pairs[low].name == name)
    }
}

extension Labels {
    /// Appends the length and the bytes of a name or value to a string form; what is over 2^24 - 1 bytes is cut there.
    @inlinable
    package static func append(field: some RandomAccessCollection<UInt8>, to bytes: inout [UInt8]) {
        let length = Swift.min(field.count, 0xff_ffff)
        if length < 255 {
            bytes.append(UInt8(length))
        } else {
            bytes.append(255)
            bytes.append(UInt8(length & 255))
            bytes.append(UInt8(length >> 8 & 255))
            bytes.append(UInt8(length >> 16 & 255))
        }
        // Unspecialised, or through a slice, this would cost ten times as much.
        if length == field.count {
            bytes.append(contentsOf: field)
        } else {
            bytes.append(contentsOf: field.prefix(length))
        }
    }

    /// The labels whose names are in `names`, which must be sorted by bytes.
    public func keeping(only names: [String]) -> Labels {
        filtered { name in names.contains { $0.utf8.elementsEqual(name) } }
    }

    /// The labels whose names are not in `names`.
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

    /// These labels with `name` set to `value`; an empty `value` removes it.
    public func setting(_ name: String, to value: String) -> Labels {
        var builder = LabelsBuilder(self)
        builder.set(name, value)
        return builder.labels
    }

    /// Checks that `bytes` are a well-formed string form: lengths within bounds, names ascending, nothing empty.
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
