internal import KTSDBModel

/// The level of a log line, by the names that `detected_level` has.
public enum LogLevel: String, Hashable, Sendable, CaseIterable {
    case trace, debug, info, warn, error, critical, fatal, unknown

    /// Reads one of the known spellings, such as `WARN` and `wrn`; capitals do not matter. nil if it is another text.
    public init?(spelling: Span<UInt8>) {
        for (name, level) in Self.spellings where spelling.isSameWord(name) {
            self = level
            return
        }
        return nil
    }

    /// The level of a severity number of OpenTelemetry; `unknown` if it is not within 1…24.
    public init(severityNumber: Int) {
        self =
            switch severityNumber {
            case 1...4: .trace
            case 5...8: .debug
            case 9...12: .info
            case 13...16: .warn
            case 17...20: .error
            case 21...24: .fatal
            default: .unknown
            }
    }

    private static let spellings: [(StaticString, LogLevel)] = [
        ("trace", .trace), ("trc", .trace), ("debug", .debug), ("dbg", .debug), ("info", .info), ("inf", .info),
        ("information", .info), ("warn", .warn), ("wrn", .warn), ("warning", .warn), ("error", .error),
        ("err", .error), ("critical", .critical), ("fatal", .fatal),
    ]

    /// Reads one of the words that name a level in the text of a line; capitals do not matter.
    init?(word: Span<UInt8>) {
        for (name, level) in Self.words where word.isSameWord(name) {
            self = level
            return
        }
        return nil
    }

    private static let words: [(StaticString, LogLevel)] = [
        ("trace", .trace), ("debug", .debug), ("fatal", .fatal), ("critical", .critical), ("error", .error),
        ("err", .error), ("warning", .warn), ("warn", .warn), ("info", .info),
    ]
}

extension Span<UInt8> {
    /// Whether the bytes are a word of small letters, in small or capital letters.
    fileprivate func isSameWord(_ word: StaticString) -> Bool {
        let letters = word.bytes
        guard letters.count == count else { return false }
        for index in indices where self[index] | 0x20 != letters[index] { return false }
        return true
    }
}
