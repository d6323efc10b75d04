/// Decodes the bytes of a file: UTF-8, or UTF-16 if a byte order mark says so, as YAML requires.
///
/// The mark is not part of the text. Bytes that are neither encoding are refused and never replaced: a label or a
/// password with a character that its author did not mean would be worse than none.
package enum FileText {
    /// Bytes that are not text, and where they are.
    package struct Problem: Error, Hashable, CustomStringConvertible {
        /// The line, from 1.
        package let line: Int
        package let description: String
    }

    /// The mark with which a file begins.
    package enum Mark: Hashable {
        case none, utf8, utf16LittleEndian, utf16BigEndian

        /// Finds the mark at the beginning of `bytes`.
        package init(of bytes: [UInt8]) {
            self =
                bytes.starts(with: [0xef, 0xbb, 0xbf])
                ? .utf8
                : bytes.starts(with: [0xff, 0xfe])
                    ? .utf16LittleEndian : bytes.starts(with: [0xfe, 0xff]) ? .utf16BigEndian : .none
        }
    }

    package static func decode(_ bytes: [UInt8]) throws(Problem) -> String {
        switch Mark(of: bytes) {
        case .none: try utf8(bytes, from: 0)
        case .utf8: try utf8(bytes, from: 3)
        case .utf16LittleEndian: try utf16(bytes) { UInt16($1) << 8 | UInt16($0) }
        case .utf16BigEndian: try utf16(bytes) { UInt16($0) << 8 | UInt16($1) }
        }
    }

    private static func utf8(_ bytes: [UInt8], from start: Int) throws(Problem) -> String {
        do throws(UTF8.ValidationError) {
            return String(copying: try UTF8Span(validating: bytes.span.extracting(droppingFirst: start)))
        } catch {
            let offset = start + error.byteOffsets.lowerBound
            let lineStart = (bytes[..<offset].lastIndex(of: UInt8(ascii: "\n")) ?? -1) + 1
            let line = 1 + bytes[..<offset].count { $0 == UInt8(ascii: "\n") }
            throw Problem(
                line: line,
                description: "not valid UTF-8: byte 0x\(String(bytes[offset], radix: 16)) at offset \(offset), "
                    + "which is byte \(offset - lineStart + 1) of line \(line)")
        }
    }

    private static func utf16(
        _ bytes: [UInt8], _ unit: (_ first: UInt8, _ second: UInt8) -> UInt16
    ) throws(Problem) -> String {
        let units = stride(from: 2, to: bytes.count - 1, by: 2).map { unit(bytes[$0], bytes[$0 + 1]) }
        var text = String.UnicodeScalarView(), line = 1
        var decoder = UTF16(), rest = units.makeIterator()
        loop: while true {
            switch decoder.decode(&rest) {
            case .scalarValue(let scalar):
                text.append(scalar)
                if scalar == "\n" { line += 1 }
            case .emptyInput: break loop
            case .error:
                throw Problem(line: line, description: "not valid UTF-16: half a surrogate pair in line \(line)")
            }
        }
        guard bytes.count.isMultiple(of: 2) else {
            throw Problem(line: line, description: "not valid UTF-16: the last character has one byte only")
        }
        return String(text)
    }
}
