internal import CLibrary

/// What inotify reports.
struct FileEvent: Hashable {
    /// The system's number of the directory; -1 if events were lost.
    let number: Int32
    let mask: UInt32
    /// The name in the directory; empty if the event is about the directory.
    let name: String

    private static let headerByteCount = 16

    /// Takes the first event from what was read; nil if nothing whole is left.
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

    /// Whether no more events about the directory come.
    var isLast: Bool { mask & UInt32(IN_IGNORED) != 0 }

    /// Whether a file with targets can have changed: one by its name, one that Kubernetes exchanges together with all
    /// others of a volume (`..data`), or any, if events were lost or the directory itself has changed.
    var concernsTargets: Bool {
        name.isEmpty || name.hasPrefix("..") || FileDiscovery.endings.contains { name.lowercased().hasSuffix($0) }
    }
}
