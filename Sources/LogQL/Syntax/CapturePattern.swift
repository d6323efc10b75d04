/// The parts of a pattern such as `<ip> - <_>`: texts and captures in turn.
struct CapturePattern {
    /// A part.
    enum Part: Hashable {
        /// Text that the line has too.
        case text(String)
        /// `<name>`, and `<_>` without a name: what is between the texts.
        case capture(String)

        /// Whether it sets a label.
        var isNamed: Bool {
            if case .capture(let name) = self { name != "_" } else { false }
        }
    }

    /// In the order of the pattern. Two texts never follow each other.
    private(set) var parts: [Part] = []

    /// Takes a pattern apart. What is not a capture is text: `<1a>`, `<a b>`, a lonely `<`.
    init(_ pattern: String) {
        let bytes = Array(pattern.utf8)
        var textStart = 0, index = 0
        func endText(at end: Int, _ parts: inout [Part]) {
            if end > textStart { parts.append(.text(String(decoding: bytes[textStart..<end], as: UTF8.self))) }
        }
        while index < bytes.count {
            guard bytes[index] == UInt8(ascii: "<"), let end = Self.captureEnd(bytes, from: index) else {
                index += 1
                continue
            }
            endText(at: index, &parts)
            parts.append(.capture(String(decoding: bytes[(index + 1)..<(end - 1)], as: UTF8.self)))
            (index, textStart) = (end, end)
        }
        endText(at: bytes.count, &parts)
    }

    /// The place after the capture that begins at `start`, if one does.
    private static func captureEnd(_ bytes: [UInt8], from start: Int) -> Int? {
        var index = start + 1
        while index < bytes.count, bytes[index].isLetter || bytes[index].isDecimalDigit && index > start + 1 {
            index += 1
        }
        return index < bytes.count && index > start + 1 && bytes[index] == UInt8(ascii: ">") ? index + 1 : nil
    }
}
