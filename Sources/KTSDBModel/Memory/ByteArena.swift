/// A growing buffer of bytes and integers with one allocation, which is reused.
@safe @frozen @usableFromInline
package struct ByteArena: ~Copyable {
    // SAFETY: only this value owns `base`, which is allocated by `init` or `grow` and freed by `deinit` or `grow`. It
    // has room for `storedCapacity` bytes, of which the first `written` are initialized.
    @usableFromInline var base: UnsafeMutableRawPointer
    @usableFromInline var storedCapacity: Int
    @usableFromInline var written = 0

    /// The number of bytes.
    @inlinable
    package var count: Int { written }

    /// The number of bytes there is room for.
    @inlinable
    package var capacity: Int { storedCapacity }

    /// Creates an empty arena with room for `capacity` bytes.
    @inlinable
    package init(capacity: Int = 0) {
        storedCapacity = max(capacity, 16)
        // SAFETY: establishes the invariant of `base`.
        unsafe base = .allocate(byteCount: storedCapacity, alignment: 16)
    }

    @inlinable
    deinit {
        // SAFETY: only this value owns the memory.
        unsafe base.deallocate()
    }

    /// The bytes, for reading.
    @inlinable
    package var bytes: RawSpan {
        @_lifetime(borrow self)
        borrowing get {
            // SAFETY: the first `written` bytes are initialized, and do not change while self is borrowed.
            let span = unsafe RawSpan(_unsafeStart: UnsafeRawPointer(base), byteCount: written)
            return unsafe _overrideLifetime(span, borrowing: self)
        }
    }

    /// The bytes, for reading, as a span of `UInt8`.
    @inlinable
    package var span: Span<UInt8> {
        @_lifetime(borrow self)
        borrowing get {
            // SAFETY: as for `bytes`; any byte is a valid `UInt8`.
            let start = unsafe base.assumingMemoryBound(to: UInt8.self)
            let span = unsafe Span(_unsafeElements: UnsafeBufferPointer(start: start, count: written))
            return unsafe _overrideLifetime(span, borrowing: self)
        }
    }

    /// Removes all bytes and keeps the memory.
    @inlinable
    package mutating func removeAll() { written = 0 }

    /// Removes all bytes from `count` on.
    @inlinable
    package mutating func truncate(to count: Int) {
        MemoryBounds.checkLength(count, written)
        written = count
    }

    /// Reserves room for `extra` more bytes.
    @inlinable @inline(__always)
    package mutating func reserve(_ extra: Int) {
        if _slowPath(UInt(bitPattern: extra) > UInt(bitPattern: storedCapacity &- written)) { grow(extra) }
    }

    @usableFromInline @inline(never)
    mutating func grow(_ extra: Int) {
        MemoryBounds.checkCount(extra)
        let larger = max(written + extra, storedCapacity * 2)
        // SAFETY: the fresh memory has room for all written bytes, and nothing else refers to the old memory.
        let fresh = UnsafeMutableRawPointer.allocate(byteCount: larger, alignment: 16)
        unsafe fresh.copyMemory(from: base, byteCount: written)
        unsafe base.deallocate()
        unsafe base = fresh
        storedCapacity = larger
    }

    /// Reserves room for `extra` more bytes and returns its address, which is valid until the next call that may grow.
    /// Call ``commit(_:)`` with the number of bytes written.
    @inlinable @inline(__always) @unsafe
    package mutating func room(for extra: Int) -> UnsafeMutableRawPointer {
        reserve(extra)
        // SAFETY: `written` is within the allocation.
        return unsafe base + written
    }

    /// Appends the first `count` bytes of the room that ``room(for:)`` returned.
    @inlinable @inline(__always)
    package mutating func commit(_ count: Int) {
        MemoryBounds.checkLength(count, storedCapacity &- written)
        written &+= count
    }

    /// Passes `limit` undefined bytes to `write`, and appends as many of them as it returns.
    @inlinable @inline(__always)
    package mutating func append<Failure: Error>(
        upTo limit: Int, _ write: (inout MutableRawSpan) throws(Failure) -> Int
    ) throws(Failure) {
        // SAFETY: there is room for `limit` bytes, which nothing else accesses meanwhile.
        let start = unsafe room(for: limit)
        var bytes = unsafe MutableRawSpan(_unsafeStart: start, byteCount: limit)
        let count = try write(&bytes)
        MemoryBounds.checkLength(count, limit)
        written &+= count
    }

    /// Appends one byte.
    @inlinable @inline(__always)
    package mutating func append(_ byte: UInt8) {
        // SAFETY: room for it is reserved first.
        unsafe room(for: 1).storeBytes(of: byte, as: UInt8.self)
        written &+= 1
    }

    /// Appends an integer, lowest byte first.
    @inlinable @inline(__always)
    package mutating func append<Integer: FixedWidthInteger & BitwiseCopyable>(littleEndian value: Integer) {
        // SAFETY: room for it is reserved first.
        unsafe room(for: MemoryLayout<Integer>.size).storeBytes(of: value.littleEndian, as: Integer.self)
        written &+= MemoryLayout<Integer>.size
    }

    /// Appends the lowest `count` bytes of `word`, lowest first. `count` is in `0...8`.
    @inlinable @inline(__always)
    package mutating func append(bytesOf word: UInt64, count: Int) {
        MemoryBounds.checkLength(count, 8)
        // SAFETY: room for the whole word is reserved first.
        unsafe room(for: 8).storeBytes(of: word.littleEndian, as: UInt64.self)
        written &+= count
    }

    /// Appends an integer in groups of seven bits, lowest first, which take one to ten bytes.
    @inlinable @inline(__always)
    package mutating func append(varint value: UInt64) {
        // SAFETY: room for ten bytes, the longest varint, is reserved first.
        let start = unsafe room(for: 10)
        var rest = value, length = 0
        while rest >= 0x80 {
            unsafe start.storeBytes(of: UInt8(truncatingIfNeeded: rest) | 0x80, toByteOffset: length, as: UInt8.self)
            rest >>= 7
            length &+= 1
        }
        unsafe start.storeBytes(of: UInt8(truncatingIfNeeded: rest), toByteOffset: length, as: UInt8.self)
        written &+= length &+ 1
    }

    /// Appends all of `bytes`.
    @inlinable @inline(__always)
    package mutating func append(_ bytes: RawSpan) {
        let count = bytes.byteCount
        // SAFETY: room for all bytes is reserved first. They are not in this arena, which is accessed exclusively.
        let target = unsafe room(for: count)
        unsafe bytes.withUnsafeBytes { source in
            if let start = source.baseAddress { unsafe target.copyMemory(from: start, byteCount: count) }
        }
        written &+= count
    }

    /// Appends `byte` `count` times.
    @inlinable
    package mutating func append(repeating byte: UInt8, count: Int) {
        // SAFETY: room for all bytes is reserved first.
        unsafe room(for: count).initializeMemory(as: UInt8.self, repeating: byte, count: count)
        written &+= count
    }

    /// Appends the UTF-8 of a literal.
    @inlinable @inline(__always)
    package mutating func append(_ text: StaticString) {
        if text.hasPointerRepresentation {
            let count = text.utf8CodeUnitCount
            // SAFETY: a literal has `utf8CodeUnitCount` bytes, and room for them is reserved first.
            unsafe room(for: count).copyMemory(from: text.utf8Start, byteCount: count)
            written &+= count
        } else {
            append(String(describing: text))
        }
    }

    /// Appends the UTF-8 of `text`.
    @inlinable
    package mutating func append(_ text: String) {
        let utf8 = text.utf8
        // SAFETY: room for all bytes is reserved first.
        let isStored: Bool? = unsafe utf8.withContiguousStorageIfAvailable { bytes in
            let target = unsafe room(for: bytes.count)
            if let start = bytes.baseAddress { unsafe target.copyMemory(from: start, byteCount: bytes.count) }
            written &+= bytes.count
            return true
        }
        if isStored == nil { for byte in utf8 { append(byte) } }
    }

    /// Overwrites existing bytes with an integer.
    @inlinable
    package mutating func replace<Integer: FixedWidthInteger & BitwiseCopyable>(
        at offset: Int, littleEndian value: Integer
    ) {
        MemoryBounds.check(offset, size: MemoryLayout<Integer>.size, within: written)
        // SAFETY: checked above.
        unsafe (base + offset).storeBytes(of: value.littleEndian, as: Integer.self)
    }

    /// Traps if the invariant does not hold.
    package func checkInvariants() {
        MemoryBounds.checkLength(written, storedCapacity)
    }
}

// Not copyable, and the only owner of its memory, so nothing is shared.
extension ByteArena: @unchecked Sendable {}
