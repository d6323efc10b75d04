public import KTSDBModel

/// The level that is found for a line when it is pushed, or later: the value of the metadata `detected_level`.
///
/// It is the first of
///
/// - a label of the stream, or a part of the metadata, by one of the names of a level;
/// - OpenTelemetry's `severity_number`;
/// - a field by one of those names in a line that is a JSON object, up to two objects deep, or consists of `key=value`;
/// - the first word of the line that names a level.
public enum DetectedLevel {
    /// The name of the metadata.
    public static let label = "detected_level"
    /// The names of labels and fields that hold a level, the preferred ones first.
    public static let sources = [
        "level", "LEVEL", "Level", "log.level", "severity", "SEVERITY", "Severity", "SeverityText", "lvl", "LVL", "Lvl",
        "severity_text", "Severity_Text", "SEVERITY_TEXT",
    ]

    /// Returns the level of an entry: one of ``LogLevel``, or a label's value if that is another text.
    ///
    /// Costs one pass over a line that names its level in none of its fields.
    public static func value(stream: Labels, metadata: Labels, line: Span<UInt8>) -> String {
        if let known = metadata[label] { return known }
        for labels in [stream, metadata] {
            for source in sources {
                guard let range = labels.valueRange(of: source) else { continue }
                let form = labels.stringForm
                let text = form.span.extracting(range)
                return LogLevel(spelling: text)?.rawValue ?? text.text
            }
        }
        if let number = metadata["severity_number"].flatMap({ Int($0) }) {
            return LogLevel(severityNumber: number).rawValue
        }
        return level(of: line).rawValue
    }

    /// Returns the level that the line itself names.
    public static func level(of line: Span<UInt8>) -> LogLevel {
        var fields = LevelFields(line)
        return fields.level ?? word(in: line) ?? .unknown
    }

    /// Returns the level that the first word names which names one and has a boundary at each side.
    private static func word(in line: Span<UInt8>) -> LogLevel? {
        var position = 0
        while position < line.count {
            guard line[position].isLetter else {
                position += 1
                continue
            }
            let start = position
            while position < line.count, line[position].isLetter { position += 1 }
            if start == 0 || line[start - 1].mayPrecedeLevel,
                position == line.count || line[position].mayFollowLevel,
                let level = LogLevel(word: line.extracting(start..<position))
            {
                return level
            }
        }
        return nil
    }
}

extension UInt8 {
    /// Whether a word that names a level may begin after this byte: `[ERROR]`, `"error"`, but not `x:error`, `<error>`.
    fileprivate var mayPrecedeLevel: Bool {
        switch self {
        case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\n"), UInt8(ascii: "\r"): true
        case UInt8(ascii: "\""), UInt8(ascii: "'"), UInt8(ascii: "["), UInt8(ascii: "("): true
        case UInt8(ascii: "="), UInt8(ascii: ","), UInt8(ascii: "|"): true
        default: false
        }
    }

    /// Whether a word that names a level may end before this byte: `error: x`, `[ERROR]`, but not `error/x`.
    fileprivate var mayFollowLevel: Bool {
        switch self {
        case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\n"), UInt8(ascii: "\r"): true
        case UInt8(ascii: "\""), UInt8(ascii: "'"), UInt8(ascii: "]"), UInt8(ascii: ")"): true
        case UInt8(ascii: "="), UInt8(ascii: ","), UInt8(ascii: "|"), UInt8(ascii: ":"), UInt8(ascii: ";"): true
        default: false
        }
    }
}
