internal import KTSDBHTTP
internal import KTSDBModel

/// A form in the encoding `multipart/form-data` (RFC 7578): each field is a part between boundary lines, with a header
/// of its own.
///
/// It is read as by Go's mime/multipart: text before the first boundary is skipped, lines may end in LF alone if the
/// first boundary line does, and parts with files are not fields.
struct MultipartForm {
    /// The maximum number of parts.
    static let maximumParts = 10_000

    private let bytes: [UInt8]
    private let dashes: [UInt8]
    private var lineEnd: [UInt8] = Array("\r\n".utf8)
    private var position = 0

    private enum Line { case boundary, last, other }

    /// Returns the fields of `body`, in their order.
    static func fields(_ body: [UInt8], boundary: String) throws(APIError) -> [(name: String, value: String)] {
        var form = MultipartForm(bytes: body, dashes: Array("--\(boundary)".utf8))
        return try form.fields()
    }

    private init(bytes: [UInt8], dashes: [UInt8]) {
        self.bytes = bytes
        self.dashes = dashes
    }

    private mutating func fields() throws(APIError) -> [(name: String, value: String)] {
        guard try findFirst() else { return [] }
        var fields: [(name: String, value: String)] = []
        for _ in 0..<Self.maximumParts {
            let header = try header()
            let (content, isLast) = try content()
            let disposition = HeaderValue(header.first("content-disposition") ?? "")
            let isFile = disposition.parameters.keys.contains { $0 == "filename" || $0 == "filename*" }
            if disposition.name == "form-data", let name = disposition.parameters["name"], !name.isEmpty, !isFile {
                let isQuoted = header.first("content-transfer-encoding")?.lowercased() == "quoted-printable"
                let value = isQuoted ? Self.unquoted(content) : Array(content)
                guard let text = String(validating: value, as: UTF8.self) else {
                    throw APIError(.badData, "invalid parameter \(goQuoted(name)): it is not UTF-8")
                }
                fields.append((name, text))
            }
            if isLast { return fields }
        }
        throw Self.problem("message too large: more than \(Self.maximumParts) parts")
    }

    private static func problem(_ text: String) -> APIError {
        APIError(.badData, "error parsing form values: multipart: \(text)")
    }

    /// Moves past the first boundary line; returns false if it is also the last one.
    private mutating func findFirst() throws(APIError) -> Bool {
        while position < bytes.count {
            let lineFeed = bytes[position...].firstIndex(of: UInt8(ascii: "\n"))
            let line = bytes[position..<(lineFeed ?? bytes.count)]
            position = lineFeed.map { $0 + 1 } ?? bytes.count
            switch kind(line) {
            case .boundary:
                if line.last != UInt8(ascii: "\r") { lineEnd = [UInt8(ascii: "\n")] }
                return true
            case .last: return false
            case .other: continue
            }
        }
        throw Self.problem("NextPart: EOF")
    }

    private func kind(_ line: ArraySlice<UInt8>) -> Line {
        guard line.starts(with: dashes) else { return .other }
        var rest = line.dropFirst(dashes.count)
        let isLast = rest.starts(with: "--".utf8)
        if isLast { rest = rest.dropFirst(2) }
        guard rest.allSatisfy({ $0 == 0x20 || $0 == 0x09 || $0 == 0x0d }) else { return .other }
        return isLast ? .last : .boundary
    }

    private mutating func header() throws(APIError) -> HeaderFields {
        var lines: [ArraySlice<UInt8>] = []
        while let lineFeed = bytes[position...].firstIndex(of: UInt8(ascii: "\n")) {
            var line = bytes[position..<lineFeed]
            position = lineFeed + 1
            if line.last == UInt8(ascii: "\r") { line.removeLast() }
            guard line.isEmpty else {
                lines.append(line)
                continue
            }
            do throws(HTTPProblem) { return try HeaderFields(lines, isRequest: false) } catch {
                throw Self.problem("\(error)")
            }
        }
        throw Self.problem("NextPart: unexpected EOF")
    }

    /// Takes the content before the next boundary line, and moves past that line; returns also whether it is the last.
    private mutating func content() throws(APIError) -> (ArraySlice<UInt8>, isLast: Bool) {
        let start = position
        // A part may be empty, even without a line end.
        var lineStart = start
        while lineStart < bytes.count {
            let lineFeed = bytes[lineStart...].firstIndex(of: UInt8(ascii: "\n"))
            let next = lineFeed.map { $0 + 1 } ?? bytes.count
            let kind = kind(bytes[lineStart..<(lineFeed ?? bytes.count)])
            let isAfterLineEnd = lineStart == start || bytes[start..<lineStart].suffix(lineEnd.count) == lineEnd[...]
            if kind != .other, isAfterLineEnd {
                position = next
                return (bytes[start..<max(start, lineStart - lineEnd.count)], kind == .last)
            }
            lineStart = next
        }
        throw Self.problem("NextPart: unexpected EOF")
    }

    /// Decodes quoted-printable (RFC 2045, 6.7).
    private static func unquoted(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
        var result: [UInt8] = [], rest = bytes
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "=") else {
                result.append(byte)
                continue
            }
            if rest.first == UInt8(ascii: "\r") { rest.removeFirst() }
            if rest.first == UInt8(ascii: "\n") {
                rest.removeFirst()
            } else if let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16) {
                result.append(value)
                rest = rest.dropFirst(2)
            } else {
                result.append(byte)
            }
        }
        return result
    }
}
