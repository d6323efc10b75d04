/// Bytes that grow at their end: one allocation, kept from use to use.
///
/// Writers of text and messages reserve room once per element and then store without further checks.
@safe
package struct ByteWriter: ~Copyable {
    private var base: UnsafeMutablePointer<UInt8>
    private var capacity: Int
    /// The number of bytes written.
    package private(set) var count = 0

    /// Creates an empty writer with room for `capacity` bytes.
    package init(capacity: Int = 256) {
        self.capacity = max(capacity, 16)
        unsafe base = .allocate(capacity: self.capacity)
    }

    deinit { unsafe base.deallocate() }

    /// Whether nothing is written.
    package var isEmpty: Bool { count == 0 }

    /// The bytes written.
    package var span: Span<UInt8> {
        @_lifetime(borrow self)
        borrowing get {
            // SAFETY: the first `count` bytes were written.
            let span = unsafe Span(_unsafeElements: UnsafeBufferPointer(start: base, count: count))
            return unsafe _overrideLifetime(span, borrowing: self)
        }
    }

    /// A copy of the bytes written.
    package var bytes: [UInt8] { unsafe Array(UnsafeBufferPointer(start: base, count: count)) }

    /// The bytes written as text; ill-formed UTF-8 is repaired.
    package var text: String { unsafe String(decoding: UnsafeBufferPointer(start: base, count: count), as: UTF8.self) }

    /// Calls `body` with the bytes written, which must not be kept.
    package func withUnsafeBytes<Result, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try unsafe body(UnsafeRawBufferPointer(start: base, count: count))
    }

    /// Forgets all bytes and keeps the memory.
    package mutating func removeAll() { count = 0 }

    /// Forgets the bytes from `count` on.
    package mutating func truncate(to count: Int) {
        precondition(count >= 0 && count <= self.count, "A writer can only be cut within its bytes.")
        self.count = count
    }

    /// Makes room for `extra` more bytes.
    @inline(__always)
    package mutating func reserve(_ extra: Int) {
        if extra > capacity &- count { grow(extra) }
    }

    @inline(never)
    private mutating func grow(_ extra: Int) {
        capacity = max(capacity * 2, count + extra)
        let larger = UnsafeMutablePointer<UInt8>.allocate(capacity: capacity)
        unsafe larger.initialize(from: base, count: count)
        unsafe base.deallocate()
        unsafe base = larger
    }

    /// Where the next byte goes. Valid for as many bytes as were reserved, until the next call that may grow.
    @inline(__always) @unsafe
    var end: UnsafeMutablePointer<UInt8> { unsafe base + count }

    /// Counts `written` bytes that were stored at `end`.
    @inline(__always) @unsafe
    mutating func advance(by written: Int) {
        assert(written >= 0 && count + written <= capacity)
        count &+= written
    }

    /// Appends one byte.
    @inline(__always)
    package mutating func append(_ byte: UInt8) {
        reserve(1)
        // SAFETY: room was reserved.
        unsafe base[count] = byte
        count &+= 1
    }

    /// Appends the UTF-8 of a literal.
    @inline(__always)
    package mutating func append(_ text: StaticString) {
        let length = text.utf8CodeUnitCount
        reserve(length)
        // SAFETY: room was reserved; literals of more than one character have a UTF-8 pointer.
        if text.hasPointerRepresentation {
            unsafe (base + count).update(from: text.utf8Start, count: length)
            count &+= length
        } else {
            for byte in String(describing: text).utf8 { append(byte) }
        }
    }

    /// Appends the UTF-8 of `text`.
    package mutating func append(_ text: String) {
        let utf8 = text.utf8
        reserve(utf8.count)
        let stored: Void? = unsafe utf8.withContiguousStorageIfAvailable { bytes in
            if let start = bytes.baseAddress {
                // SAFETY: room for all of `utf8` was reserved.
                unsafe (base + count).update(from: start, count: bytes.count)
            }
            count += bytes.count
        }
        if stored == nil { for byte in utf8 { append(byte) } }
    }

    /// Appends all of `bytes`.
    @inline(__always)
    package mutating func append(_ bytes: Span<UInt8>) {
        reserve(bytes.count)
        unsafe bytes.withUnsafeBufferPointer { bytes in
            if let start = bytes.baseAddress {
                // SAFETY: room was reserved.
                unsafe (base + count).update(from: start, count: bytes.count)
            }
        }
        count &+= bytes.count
    }

    /// Appends `byte` `count` times.
    package mutating func append(repeating byte: UInt8, count: Int) {
        reserve(count)
        // SAFETY: room was reserved.
        unsafe end.update(repeating: byte, count: count)
        self.count += count
    }
}

// SAFETY: the only owner of its memory, not copyable; nothing is shared.
extension ByteWriter: @unchecked Sendable {}
