public import CLibrary

/// Checked conversions between bytes and plain values.
extension RawSpan {
    /// The byte at `offset`.
    @inlinable @inline(__always)
    package func byte(at offset: Int) -> UInt8 {
        MemoryBounds.check(offset, byteCount)
        // SAFETY: checked above.
        return unsafe unsafeLoad(fromUncheckedByteOffset: offset, as: UInt8.self)
    }

    /// The integer at `offset`, lowest byte first.
    @inlinable @inline(__always)
    package func load<Integer: FixedWidthInteger & BitwiseCopyable>(
        littleEndian type: Integer.Type, at offset: Int
    ) -> Integer {
        MemoryBounds.check(offset, size: MemoryLayout<Integer>.size, within: byteCount)
        // SAFETY: checked above, and any bits are a valid integer.
        return Integer(littleEndian: unsafe unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: Integer.self))
    }

    /// The word at `offset`, lowest byte first; for loops over the bits of a stream.
    @inlinable @inline(__always)
    package func word(at offset: Int) -> UInt64 {
        MemoryBounds.checkStart(offset, below: max(0, byteCount &- 7), size: 8)
        // SAFETY: checked above, and any bits are a valid integer.
        return UInt64(littleEndian: unsafe unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: UInt64.self))
    }

    /// The number at `offset`, in the machine's byte order.
    @inlinable @inline(__always)
    package func load(doubleAt offset: Int) -> Double {
        MemoryBounds.check(offset, size: MemoryLayout<Double>.size, within: byteCount)
        // SAFETY: checked above, and any bits are a valid number.
        return unsafe unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: Double.self)
    }

    /// The bytes as a span of `UInt8`.
    @inlinable
    package var numbers: Span<UInt8> {
        @_lifetime(copy self)
        get { Span(_bytes: self) }
    }

    /// A copy of the bytes.
    @inlinable
    package var array: [UInt8] {
        // SAFETY: the bytes are read only during the call.
        unsafe withUnsafeBytes { unsafe Array($0) }
    }

    /// The bytes as text. Ill-formed UTF-8 becomes U+FFFD.
    @inlinable
    package var text: String {
        // SAFETY: the bytes are read only during the call.
        unsafe withUnsafeBytes { unsafe String(decoding: $0, as: UTF8.self) }
    }

    /// Whether both have the same bytes.
    @inlinable @inline(__always)
    package func isEqual(to other: RawSpan) -> Bool {
        byteCount == other.byteCount && hasSameBytes(other)
    }

    /// Returns the offset of the first `byte` at or after `start`, or nil.
    package func offset(of byte: UInt8, from start: Int) -> Int? {
        MemoryBounds.checkLength(start, byteCount)
        // SAFETY: the bytes from `start` to the end are read only during the call.
        return unsafe withUnsafeBytes { bytes in
            guard let base = bytes.baseAddress,
                let found = unsafe memchr(base + start, CInt(byte), bytes.count - start)
            else { return nil }
            return unsafe UnsafeRawPointer(found) - base
        }
    }

    @inlinable @inline(__always)
    func hasSameBytes(_ other: RawSpan) -> Bool {
        // SAFETY: both have `byteCount` bytes.
        unsafe withUnsafeBytes { left in
            unsafe other.withUnsafeBytes { right in
                guard let left = left.baseAddress, let right = right.baseAddress else { return true }
                return unsafe memcmp(left, right, byteCount) == 0
            }
        }
    }
}

extension Span where Element: FixedWidthInteger & BitwiseCopyable {
    /// The bytes of the elements.
    @inlinable
    package var rawBytes: RawSpan {
        @_lifetime(copy self)
        get {
            // SAFETY: integers have no padding.
            unsafe bytes
        }
    }
}

extension Span<Double> {
    /// The bytes of the elements.
    @inlinable
    package var rawBytes: RawSpan {
        @_lifetime(copy self)
        get {
            // SAFETY: a `Double` has no padding.
            unsafe bytes
        }
    }
}

extension Span where Element: BitwiseCopyable {
    /// The element at `index & (count - 1)`, for tables whose count is a power of two. Traps if the span is empty.
    @inlinable
    package subscript(masked index: Int) -> Element {
        @inline(__always)
        get {
            precondition(count > 0, "A table of \(count) elements has none at \(index).")
            // SAFETY: the masked index is not negative, and at most count - 1.
            return unsafe self[unchecked: index & (count &- 1)]
        }
    }
}

extension Span<UInt8> {
    /// The bytes as text. Ill-formed UTF-8 becomes U+FFFD.
    @inlinable
    package var text: String { rawBytes.text }

    /// Whether both have the same bytes.
    @inlinable @inline(__always)
    package func isEqual(to other: Span<UInt8>) -> Bool { rawBytes.isEqual(to: other.rawBytes) }
}

extension MutableSpan<UInt8> {
    /// The bytes, for writing.
    @inlinable
    package var rawMutableBytes: MutableRawSpan {
        @_lifetime(&self)
        mutating get {
            // SAFETY: any byte is a valid `UInt8`.
            unsafe mutableBytes
        }
    }
}

extension MutableSpan<Int8> {
    /// The bytes, for writing.
    @inlinable
    package var rawMutableBytes: MutableRawSpan {
        @_lifetime(&self)
        mutating get {
            // SAFETY: any byte is a valid `Int8`.
            unsafe mutableBytes
        }
    }
}

extension MutableSpan where Element: BitwiseCopyable {
    /// Overwrites the elements from `offset` on with those of `source`.
    @inlinable
    @_lifetime(self: copy self)
    package mutating func update(at offset: Int, from source: Span<Element>) {
        MemoryBounds.checkCount(offset)
        MemoryBounds.checkLength(source.count, count &- offset)
        // SAFETY: checked above. The two do not overlap, as `self` is accessed exclusively.
        unsafe withUnsafeMutableBufferPointer { target in
            unsafe source.withUnsafeBufferPointer { values in
                guard let from = values.baseAddress, let to = target.baseAddress else { return }
                unsafe (to + offset).update(from: from, count: values.count)
            }
        }
    }
}

extension Hasher {
    /// Adds all bytes at once.
    package mutating func combine(_ bytes: RawSpan) {
        // SAFETY: the bytes are read only during the call.
        unsafe bytes.withUnsafeBytes { unsafe combine(bytes: $0) }
    }
}

extension Array where Element: BitwiseCopyable {
    /// A copy of `elements`.
    @inlinable
    package init(_ elements: Span<Element>) {
        // SAFETY: the elements are read only during the call.
        self = unsafe elements.withUnsafeBufferPointer { unsafe Array($0) }
    }

    /// Appends all of `elements` at once.
    @inlinable
    package mutating func append(_ elements: Span<Element>) {
        // SAFETY: the elements are read only during the call.
        unsafe elements.withUnsafeBufferPointer { unsafe append(contentsOf: $0) }
    }
}

extension [UInt8] {
    /// Appends all of `bytes` at once.
    @inlinable
    package mutating func append(_ bytes: RawSpan) {
        // SAFETY: the bytes are read only during the call.
        unsafe bytes.withUnsafeBytes { unsafe append(contentsOf: $0) }
    }
}

extension StaticString {
    /// The UTF-8 of a literal. Traps if it is stored as a single scalar.
    @inlinable
    package var bytes: Span<UInt8> {
        @_lifetime(immortal)
        get {
            precondition(hasPointerRepresentation, "The literal \(self) is a single character.")
            // SAFETY: a literal has `utf8CodeUnitCount` bytes, which live as long as the process.
            let span = unsafe Span(_unsafeStart: utf8Start, count: utf8CodeUnitCount)
            return unsafe _overrideLifetime(span, copying: ())
        }
    }
}
