/// The text forms of mail (RFC 2045, 2047, 5322).
enum MailText {
    private static let lineLimit = 76

    /// Encodes a body as quoted-printable, with short lines of ASCII.
    static func quotedPrintable(_ bytes: [UInt8]) -> [UInt8] {
        var result: [UInt8] = [], line: [UInt8] = []
        func encode(_ byte: UInt8) {
            if line.count > lineLimit - 4 { breakLine() }
            line += ("=" + hexadecimal(byte)).utf8
        }
        func breakLine() {
            result += line + Array("=\r\n".utf8)
            line = []
        }
        func finishLine() {
            // A blank at the end of a line would be lost, so it is encoded.
            if let last = line.last, last == 0x20 || last == 0x09 {
                line.removeLast()
                encode(last)
            }
        }
        for (place, byte) in bytes.enumerated() {
            switch byte {
            case 0x0A where place > 0 && bytes[place - 1] == 0x0D: break
            case 0x0A, 0x0D:
                finishLine()
                result += line + [0x0D, 0x0A]
                line = []
            case 0x21...0x7E where byte != UInt8(ascii: "="), 0x20, 0x09:
                if line.count == lineLimit - 1 { breakLine() }
                line.append(byte)
            default: encode(byte)
            }
        }
        finishLine()
        return result + line
    }

    private static func hexadecimal(_ byte: UInt8) -> String {
        (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
    }

    /// Encodes a header's value if it has characters other than printable ASCII, so that nothing in it can end the
    /// line.
    static func encodedHeader(_ text: String) -> String {
        guard text.utf8.contains(where: { ($0 < 0x20 && $0 != 0x09) || $0 > 0x7E }) else { return text }
        var words: [String] = [], word = ""
        for scalar in text.unicodeScalars {
            let encoded = UTF8.encode(scalar)!.map { byte -> String in
                switch byte {
                case 0x20: "_"
                case 0x21...0x7E where !"=?_".utf8.contains(byte): String(Unicode.Scalar(byte))
                default: "=" + hexadecimal(byte)
                }
            }.joined()
            if word.utf8.count + encoded.utf8.count > 63 {
                words.append(word)
                word = ""
            }
            word += encoded
        }
        return (words + [word]).map { "=?utf-8?q?\($0)?=" }.joined(separator: " ")
    }

    /// Returns a time such as `Mon, 02 Jan 2006 15:04:05 +0000`.
    static func date(_ time: WallTime) -> String {
        let civil = CivilTime(time)
        let day = TimeInterval.weekdayNames[civil.weekday].prefix(3).capitalizedFirst
        let month = TimeInterval.monthNames[civil.month - 1].prefix(3).capitalizedFirst
        let clock = [civil.hour, civil.minute, civil.second].map { TimeText.padded($0, 2) }.joined(separator: ":")
        return "\(day), \(TimeText.padded(civil.day, 2)) \(month) \(TimeText.padded(civil.year, 4)) \(clock) +0000"
    }

    /// Returns the bare addresses in a list such as `a@example.org, Name <b@example.org>`; nil if it is malformed.
    static func addresses(_ text: String) -> [String]? {
        var result: [String] = []
        for part in parts(text) {
            var address = part[...]
            if let open = part.lastIndex(of: "<") {
                guard part.hasSuffix(">") else { return nil }
                address = part[part.index(after: open)..<part.index(before: part.endIndex)]
            }
            // With blanks or control characters, an address could add SMTP commands.
            let isClean = address.unicodeScalars.allSatisfy {
                $0.value > 0x20 && $0 != "<" && $0 != ">" && $0.value != 0x7F
            }
            guard isClean, let at = address.lastIndex(of: "@"), at != address.startIndex,
                address.index(after: at) != address.endIndex
            else { return nil }
            result.append(String(address))
        }
        return result.isEmpty ? nil : result
    }

    /// Splits a text at the commas outside quotes.
    private static func parts(_ text: String) -> [String] {
        var parts: [String] = [""], isQuoted = false
        for character in text {
            if character == "\"" { isQuoted.toggle() }
            if character == ",", !isQuoted { parts.append("") } else { parts[parts.count - 1].append(character) }
        }
        return parts.map { part in
            var rest = part.drop(while: \.isWhitespace)
            while let last = rest.last, last.isWhitespace { rest.removeLast() }
            return String(rest)
        }
    }
}

extension StringProtocol {
    fileprivate var capitalizedFirst: String { prefix(1).uppercased() + dropFirst() }
}
