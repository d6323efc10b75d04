internal import CLibrary

/// An event that inotify reports.
struct FileEvent: Hashable {
    /// The watch descriptor of the directory; -1 if events were lost.
    let number: Int32
    let mask: UInt32
    /// The name in the directory; empty if the event is about the directory.
    let name: String

    private static let headerByteCount = 16

    /// Takes the first event from the bytes that were read; nil if no complete event is left.
    init?(taking bytes: inout ArraySlice<UInt8>) {
        guard bytes.count >= Self.headerByteCount else { return nil }
        func word(_ place: Int) -> UInt32 {
            (0..<4).reduce(0) { $0 | UInt32(bytes[bytes.startIndex + 4 * place + $1]) << (8 * $1) }
        }
        let nameByteCount = Int(word(3))
        guard bytes.count - Self.headerByteCount >= nameByteCount else { return nil }
        number = Int32(bitPattern: word(0))
        mask = word(1)
        bytes = bytes.dropFirst(Self.headerByteCount)
        name = String(decoding: bytes.prefix(nameByteCount).prefix { $0 != 0 }, as: UTF8.self)
        bytes = bytes.dropFirst(nameByteCount)
    }

    /// Whether this is the last event of the directory, whose watch the system has removed.
    var isLast: Bool { mask & UInt32(IN_IGNORED) != 0 }

    /// Whether target files may have changed: the event names such a file, or the link that Kubernetes replaces when a
    /// volume changes (`..data`), or events were lost, or the directory itself has changed.
    var concernsTargets: Bool {
        name.isEmpty || name.hasPrefix("..") || FileDiscovery.endings.contains { name.lowercased().hasSuffix($0) }
    }
}
