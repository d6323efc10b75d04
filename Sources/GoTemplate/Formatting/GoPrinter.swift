/// Formats values as Go's package `fmt` does.
///
/// Output stops at a limit, so that a short format cannot make a text of any length; ``isFull`` then says so.
struct GoPrinter {
    /// What was printed.
    private(set) var output: [UInt8] = []
    /// Whether the limit was reached; then the output is cut.
    private(set) var isFull = false
    /// The flags of the verb that is being printed.
    var flags = FormatFlags()
    /// While a bad verb is reported, methods are not called.
    var isReporting = false

    /// Whether a pointer is printed as what it points to.
    var isIndirect = false

    private let limit: Int

    /// Makes a printer for at most `limit` bytes.
    init(limit: Int) { self.limit = limit }

    /// How many bytes may still be written.
    var room: Int { limit - output.count }

    /// Says that something did not fit.
    mutating func fill() { isFull = true }

    /// Writes bytes as they are.
    mutating func write(_ bytes: some Collection<UInt8>) {
        if bytes.count > room { isFull = true }
        output += bytes.prefix(room)
    }

    /// Writes a text as it is.
    mutating func write(_ text: String) { write(text.utf8) }

    /// Writes the padding byte `count` times.
    mutating func writePadding(_ count: Int) {
        guard count > 0 else { return }
        if count > room { isFull = true }
        output += [UInt8](repeating: flags.padding, count: min(count, room))
    }

    /// Writes bytes and fills them up to the width, which counts characters.
    mutating func pad(_ bytes: some Collection<UInt8>) {
        guard let width = flags.width, width > 0 else { return write(bytes) }
        let missing = width - UTF8Bytes.count(bytes)
        if !flags.minus { writePadding(missing) }
        write(bytes)
        if flags.minus { writePadding(missing) }
    }

    /// Writes bytes and fills them up to the width, but never with zeros.
    mutating func padWithBlanks(_ bytes: some Collection<UInt8>) {
        let zero = flags.zero
        flags.zero = false
        pad(bytes)
        flags.zero = zero
    }
}
