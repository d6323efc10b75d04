internal import KTSDBModel

/// A growing buffer of bytes with one allocation, which is reused.
package struct ByteWriter: ~Copyable, Sendable {
    private var arena: ByteArena

    /// The number of bytes there is room for.
    package var capacity: Int { arena.capacity }

    /// Creates an empty writer with room for `capacity` bytes.
    package init(capacity: Int = 256) { arena = ByteArena(capacity: capacity) }

    /// The number of bytes written.
    package var count: Int { arena.count }

    /// Whether nothing is written.
    package var isEmpty: Bool { arena.count == 0 }

    /// The bytes written.
    package var span: Span<UInt8> {
        @_lifetime(borrow self)
        borrowing get { arena.span }
    }

    /// A copy of the bytes written.
    package var bytes: [UInt8] { arena.bytes.array }

    /// The bytes written, as text. Ill-formed UTF-8 becomes U+FFFD.
    package var text: String { arena.bytes.text }

    /// Calls `body` with the bytes written, which are valid only during the call.
    @unsafe
    package func withUnsafeBytes<Result, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        // SAFETY: the caller does not let the pointer escape.
        try unsafe arena.bytes.withUnsafeBytes(body)
    }

    /// Removes all bytes and keeps the memory.
    package mutating func removeAll() { arena.removeAll() }

    /// Removes all bytes from `count` on.
    package mutating func truncate(to count: Int) { arena.truncate(to: count) }

    /// Reserves room for `extra` more bytes.
    @inline(__always)
    package mutating func reserve(_ extra: Int) { arena.reserve(extra) }

    /// Passes `limit` undefined bytes to `write`, and appends as many of them as it returns.
    @inline(__always)
    mutating func append<Failure: Error>(
        upTo limit: Int, _ write: (inout MutableRawSpan) throws(Failure) -> Int
    ) throws(Failure) {
        try arena.append(upTo: limit, write)
    }

    /// Appends one byte.
    @inline(__always)
    package mutating func append(_ byte: UInt8) { arena.append(byte) }

    /// Appends the UTF-8 of a literal.
    @inline(__always)
    package mutating func append(_ text: StaticString) { arena.append(text) }

    /// Appends the UTF-8 of `text`.
    package mutating func append(_ text: String) { arena.append(text) }

    /// Appends all of `bytes`.
    @inline(__always)
    package mutating func append(_ bytes: Span<UInt8>) { arena.append(bytes.rawBytes) }

    /// Appends `byte` `count` times.
    package mutating func append(repeating byte: UInt8, count: Int) { arena.append(repeating: byte, count: count) }
}
