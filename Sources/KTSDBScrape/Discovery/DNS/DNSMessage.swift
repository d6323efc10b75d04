/// A message of the domain name system, as far as discovery needs it (RFC 1035).
struct DNSMessage: Hashable, Sendable {
    /// The response code.
    enum Code: Hashable, Sendable {
        case success, noSuchName
        /// A number of the protocol, such as 2 for a failure of the server.
        case failure(Int)
    }

    /// The content of a record.
    enum Record: Hashable, Sendable {
        /// Four or sixteen bytes.
        case address([UInt8])
        /// A name with a dot at the end.
        case nameServer(String)
        case mailServer(String)
        case service(target: String, port: Int)
        /// A record of another type.
        case other
    }

    /// The bytes are not an answer.
    struct Malformed: Error {}

    let id: UInt16
    let code: Code
    /// Whether the answer was too long for one datagram.
    let isTruncated: Bool
    /// The name in the question, in lower case. `questionType` is the type that it asks for.
    let question: String
    let questionType: UInt16
    let records: [Record]

    /// The longest answer in a datagram, in bytes, as the question announces it.
    static let datagramSize = 4096
    /// The most records that are read; a message of 64 KiB cannot have more.
    private static let recordLimit = 8_192

    // MARK: Questions

    /// Returns the bytes of a question; nil if `name` is not a valid name. `isExtended` announces that datagrams of up
    /// to ``datagramSize`` bytes are read.
    static func query(_ name: String, _ type: DNSRecordType, id: UInt16, isExtended: Bool = true) -> [UInt8]? {
        // Recursion is desired; one question.
        var bytes: [UInt8] = [UInt8(id >> 8), UInt8(id & 0xff), 1, 0, 0, 1, 0, 0, 0, 0, 0, isExtended ? 1 : 0]
        var labels = name.split(separator: ".", omittingEmptySubsequences: false)
        if labels.last?.isEmpty == true { labels.removeLast() }
        guard !labels.isEmpty, name.utf8.count <= 253 || name.utf8.count == 254 && name.hasSuffix(".") else {
            return nil
        }
        for label in labels {
            guard (1...63).contains(label.utf8.count), label.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7f }) else {
                return nil
            }
            bytes.append(UInt8(label.utf8.count))
            bytes.append(contentsOf: Array(label.utf8))
        }
        bytes += [0, 0, UInt8(type.rawValue), 0, 1]
        if isExtended {
            // The root name, type OPT, the size, and empty fields.
            bytes += [0, 0, 41, UInt8(datagramSize >> 8), UInt8(datagramSize & 0xff), 0, 0, 0, 0, 0, 0]
        }
        return bytes
    }

    // MARK: Answers

    /// Reads an answer.
    init(_ bytes: [UInt8]) throws(Malformed) {
        var reader = DNSMessageReader(bytes)
        id = try reader.word()
        let flags = try reader.word()
        guard flags & 0x8000 != 0 else { throw Malformed() }
        isTruncated = flags & 0x0200 != 0
        code =
            switch flags & 0xf {
            case 0: .success
            case 3: .noSuchName
            case let number: .failure(Int(number))
            }
        let questions = try reader.word(), answers = try reader.word()
        _ = try reader.word()
        _ = try reader.word()
        guard questions == 1 else { throw Malformed() }
        question = try reader.name().lowercased()
        questionType = try reader.word()
        _ = try reader.word()
        var records: [Record] = []
        // A truncated answer may end anywhere; the caller asks again over TCP.
        if !isTruncated {
            for _ in 0..<min(Int(answers), Self.recordLimit) { records.append(try reader.record()) }
        }
        self.records = records
    }

    /// Returns whether this is the answer to a question.
    func answers(_ name: String, _ type: DNSRecordType, id: UInt16) -> Bool {
        let wanted = (name.hasSuffix(".") ? name : name + ".").lowercased()
        return self.id == id && questionType == type.rawValue && question == wanted
    }
}
