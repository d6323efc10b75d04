/// Access to four numbers at once.
extension Span<Double> {
    /// The four elements from `index` on.
    @inlinable @inline(__always)
    package func lanes(_ index: Int) -> SIMD4<Double> {
        MemoryBounds.check(index, size: 4, within: count)
        // SAFETY: checked above, and any bits are valid numbers.
        return unsafe bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: index &* 8, as: SIMD4<Double>.self)
    }

    /// The bits of the four elements from `index` on.
    @inlinable @inline(__always)
    package func bitLanes(_ index: Int) -> SIMD4<UInt64> {
        MemoryBounds.check(index, size: 4, within: count)
        // SAFETY: checked above, and any bits are valid integers.
        return unsafe bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: index &* 8, as: SIMD4<UInt64>.self)
    }

    /// The elements at four indices. The caller guarantees that they are within the span.
    @inlinable @inline(__always) @unsafe
    package func gather(unchecked indices: SIMD4<Int32>) -> SIMD4<Double> {
        // SAFETY: the caller guarantees it.
        return unsafe SIMD4(
            self[unchecked: Int(indices[0])], self[unchecked: Int(indices[1])], self[unchecked: Int(indices[2])],
            self[unchecked: Int(indices[3])])
    }
}

extension MutableSpan<Double> {
    /// Overwrites the four elements from `index` on.
    @inlinable @inline(__always)
    @_lifetime(self: copy self)
    package mutating func setLanes(_ lanes: SIMD4<Double>, at index: Int) {
        MemoryBounds.check(index, size: 4, within: count)
        // SAFETY: checked above.
        unsafe withUnsafeMutableBufferPointer { values in
            unsafe UnsafeMutableRawPointer(values.baseAddress.unsafelyUnwrapped + index).storeBytes(
                of: lanes, as: SIMD4<Double>.self)
        }
    }
}
