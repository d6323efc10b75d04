/// What a mail server says: `250-first line`, `250 last line`.
struct SMTPReply: Hashable, Sendable {
    var code: Int
    var lines: [String]

    var isSuccess: Bool { code / 100 == 2 }
    /// As errors have it.
    var text: String { "\(code) " + lines.joined(separator: "\n") }
}

/// Puts replies together from the bytes that a server sends. Any bytes give replies or an error.
struct SMTPReplyParser: Sendable {
    /// How long a line may be, in bytes, and how many a reply may have.
    static let lineLimit = 4096, lineCountLimit = 200

    struct Problem: Error, Hashable, CustomStringConvertible {
        var description: String
    }

    private var line: [UInt8] = []
    private var lines: [String] = []
    private var code: Int?

    /// Whether nothing is left over that a server sent.
    var isEmpty: Bool { line.isEmpty && lines.isEmpty }

    /// Takes bytes, and returns the replies that they complete.
    mutating func take(_ bytes: some Sequence<UInt8>) throws(Problem) -> [SMTPReply] {
        var replies: [SMTPReply] = []
        for byte in bytes {
            guard byte == UInt8(ascii: "\n") else {
                guard line.count < Self.lineLimit else {
                    throw Problem(description: "a line of more than \(Self.lineLimit) bytes")
                }
                line.append(byte)
                continue
            }
            if line.last == UInt8(ascii: "\r") { line.removeLast() }
            if let reply = try end(line) { replies.append(reply) }
            line = []
        }
        return replies
    }

    private mutating func end(_ line: [UInt8]) throws(Problem) -> SMTPReply? {
        let text = String(decoding: line, as: UTF8.self)
        guard line.count >= 3, let number = Int(text.prefix(3)), (200...599).contains(number),
            code == nil || code == number, line.count == 3 || [0x20, 0x2D].contains(line[3])
        else { throw Problem(description: "not a mail server's reply: \(text.prefix(100).debugDescription)") }
        guard lines.count < Self.lineCountLimit else {
            throw Problem(description: "a reply of more than \(Self.lineCountLimit) lines")
        }
        code = number
        lines.append(String(decoding: line.dropFirst(4), as: UTF8.self))
        guard line.count == 3 || line[3] == 0x20 else { return nil }
        defer { (lines, code) = ([], nil) }
        return SMTPReply(code: number, lines: lines)
    }
}
