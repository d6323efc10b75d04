/// The body of a frame that is to be written, with its checksum. It is made outside of any lock, and reused from frame
/// to frame. Its contents are the store's business; the log does not look into them.
package struct LogBody: ~Copyable {
    var buffer = FieldBuffer(capacity: 1 << 12)
    /// Where the body starts in the buffer: a store may leave room for what it learns last.
    var start = 0
    /// The checksum of ``bytes``, once ``finish()`` has been called.
    private(set) var checksum: UInt32 = 0

    package init() {}

    /// The number of bytes.
    package var byteCount: Int { buffer.count - start }

    var bytes: RawSpan {
        @_lifetime(borrow self)
        borrowing get { buffer.bytes.extracting(start..<buffer.count) }
    }

    mutating func removeAll() {
        buffer.removeAll()
        (start, checksum) = (0, 0)
    }

    /// Called when the body is complete.
    mutating func finish() { checksum = bytes.crc32c() }

    /// Called when bytes were added after the first `count` of the buffer, whose checksum is `checksum`.
    mutating func finish(after count: Int, _ checksum: UInt32) {
        self.checksum = buffer.bytes.extracting(count..<buffer.count).crc32c(continuing: checksum)
    }
}

/// The body of a frame as a store reads it; its memory is reused from frame to frame.
package protocol LoggedBody: ~Copyable, SendableMetatype {
    init()

    /// How many rows the body has (samples, or whatever the store's columns hold).
    var rowCount: Int { get }
    /// Whether a reader without a checkpoint needs the commit even though its rows are in blocks.
    var hasMoreThanRows: Bool { get }

    /// Reads a body whose checksum is right.
    ///
    /// - Parameters:
    ///   - body: The bytes; any bytes are safe to read.
    ///   - sequence: The commit's number.
    ///   - context: What replay has to know of the commit.
    ///   - isSealed: Whether the commit is already in blocks.
    ///   - skipsRows: Whether the rows may be left out.
    /// - Returns: Whether the body is well-formed.
    mutating func decode(
        _ body: RawSpan, sequence: UInt64, context: FrameContext, isSealed: Bool, skipsRows: Bool
    ) -> Bool
}
