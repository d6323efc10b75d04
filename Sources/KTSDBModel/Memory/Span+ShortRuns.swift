public import CLibrary

// Comparing and copying runs of bytes of which most are short: names and values of labels mostly have fewer than 32
// bytes. Word by word, of which the last one may overlap the one before, takes less time than a call of `memcmp` or
// `memcpy`.

extension Span<UInt8> {
    /// Whether `count` bytes from `start` on equal those of `other` from `otherStart` on.
    @inlinable @inline(__always)
    package func isEqual(at start: Int, to other: Span<UInt8>, at otherStart: Int, count: Int) -> Bool {
        MemoryBounds.checkCount(count)
        MemoryBounds.check(start, size: count, within: self.count)
        MemoryBounds.check(otherStart, size: count, within: other.count)
        // SAFETY: checked above.
        return unsafe rawBytes.hasSameBytes(uncheckedAt: start, as: other.rawBytes, at: otherStart, count: count)
    }

    /// Whether `count` bytes from `start` on equal those of `other` from `otherStart` on. The caller knows that both
    /// have that many. For runs that are long as a rule, such as lines.
    @inlinable @inline(__always) @unsafe
    package func isEqual(uncheckedAt start: Int, to other: Span<UInt8>, at otherStart: Int, count: Int) -> Bool {
        assert(start >= 0 && count >= 0 && start + count <= self.count)
        assert(otherStart >= 0 && otherStart + count <= other.count)
        // SAFETY: what the caller promises.
        return unsafe withUnsafeBufferPointer { left in
            unsafe other.withUnsafeBufferPointer { right in
                guard let left = left.baseAddress, let right = right.baseAddress else { return true }
                return unsafe memcmp(left + start, right + otherStart, count) == 0
            }
        }
    }
}

extension RawSpan {
    /// Compares `count` bytes that the caller knows to be there on both sides.
    @inlinable @inline(__always) @unsafe
    func hasSameBytes(uncheckedAt start: Int, as other: RawSpan, at otherStart: Int, count: Int) -> Bool {
        // SAFETY: every load is within the `count` bytes of its side.
        if count >= 8 {
            let last = count &- 8
            if last > 24 {
                return unsafe withUnsafeBytes { left in
                    unsafe other.withUnsafeBytes { right in
                        unsafe memcmp(left.baseAddress! + start, right.baseAddress! + otherStart, count) == 0
                    }
                }
            }
            var offset = 0
            while offset < last {
                if unsafe loadWord(start &+ offset) != other.loadWord(otherStart &+ offset) { return false }
                offset &+= 8
            }
            return unsafe loadWord(start &+ last) == other.loadWord(otherStart &+ last)
        }
        if count >= 4 {
            let last = count &- 4
            let first = unsafe loadHalf(start) ^ other.loadHalf(otherStart)
            return unsafe first | (loadHalf(start &+ last) ^ other.loadHalf(otherStart &+ last)) == 0
        }
        var offset = 0
        while offset < count {
            let left = unsafe unsafeLoad(fromUncheckedByteOffset: start &+ offset, as: UInt8.self)
            if unsafe left != other.unsafeLoad(fromUncheckedByteOffset: otherStart &+ offset, as: UInt8.self) {
                return false
            }
            offset &+= 1
        }
        return true
    }

    /// Copies `count` bytes that do not overlap.
    @inlinable @inline(__always) @unsafe
    static func copyFew(_ source: UnsafeRawPointer, _ target: UnsafeMutableRawPointer, _ count: Int) {
        // SAFETY: every access is within the `count` bytes of its side, which the caller knows to be there.
        if count >= 8 {
            let last = count &- 8
            if last > 24 { return unsafe target.copyMemory(from: source, byteCount: count) }
            var offset = 0
            while offset < last {
                unsafe target.storeBytes(
                    of: source.loadUnaligned(fromByteOffset: offset, as: UInt64.self), toByteOffset: offset,
                    as: UInt64.self)
                offset &+= 8
            }
            unsafe target.storeBytes(
                of: source.loadUnaligned(fromByteOffset: last, as: UInt64.self), toByteOffset: last, as: UInt64.self)
        } else if count >= 4 {
            let last = count &- 4
            let half = unsafe source.loadUnaligned(fromByteOffset: last, as: UInt32.self)
            unsafe target.storeBytes(of: source.loadUnaligned(as: UInt32.self), as: UInt32.self)
            unsafe target.storeBytes(of: half, toByteOffset: last, as: UInt32.self)
        } else {
            var offset = 0
            while offset < count {
                unsafe target.storeBytes(
                    of: source.load(fromByteOffset: offset, as: UInt8.self), toByteOffset: offset, as: UInt8.self)
                offset &+= 1
            }
        }
    }

    @inlinable @inline(__always) @unsafe
    func loadWord(_ offset: Int) -> UInt64 {
        // SAFETY: the caller knows that eight bytes are there.
        unsafe unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: UInt64.self)
    }

    @inlinable @inline(__always) @unsafe
    func loadHalf(_ offset: Int) -> UInt32 {
        // SAFETY: the caller knows that four bytes are there.
        unsafe unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: UInt32.self)
    }
}

extension OutputSpan<UInt8> {
    /// Appends all of `bytes`. Traps if there is no room for them.
    @inlinable @inline(__always)
    @_lifetime(self: copy self)
    package mutating func append(_ bytes: Span<UInt8>) {
        MemoryBounds.checkLength(bytes.count, freeCapacity)
        // SAFETY: there is room for all bytes, as checked above, and the two do not overlap.
        unsafe withUnsafeMutableBufferPointer { target, count in
            unsafe bytes.withUnsafeBufferPointer { source in
                guard let from = source.baseAddress, let to = target.baseAddress else { return }
                unsafe RawSpan.copyFew(from, to + count, source.count)
                count &+= source.count
            }
        }
    }
}
