/// Reads a compiled file of the IANA time zone database, as RFC 8536 describes it: versions 1 to 4.
package enum ZoneFile {
    /// Why bytes are not a time zone file.
    package struct Problem: Error, Hashable, CustomStringConvertible {
        package var description: String
    }

    /// How long a file may be. The longest of the database has 3.5 kB.
    package static let byteLimit = 1 << 20

    /// Reads a file.
    package static func parse(_ bytes: [UInt8]) throws(Problem) -> ZoneRules {
        guard bytes.count <= byteLimit else { throw Problem(description: "malformed time zone information: too long") }
        var reader = Reader(bytes: bytes)
        let header = try reader.header()
        guard header.version >= 2 else { return try reader.block(header, timeWidth: 4) }
        try reader.skip(header.byteCount(timeWidth: 4))
        var rules = try reader.block(try reader.header(), timeWidth: 8)
        if let text = try reader.footer(), let zone = PosixZone(text) {
            rules = ZoneRules(
                transitions: rules.transitions, kindsAfter: rules.kindsAfter, kinds: rules.kinds, footer: zone)
        }
        return rules
    }

    private struct Header {
        var version = 1
        var universalCount = 0, standardCount = 0, leapCount = 0, transitionCount = 0, kindCount = 0, textLength = 0

        func byteCount(timeWidth: Int) -> Int {
            transitionCount * (timeWidth + 1) + kindCount * 6 + textLength + leapCount * (timeWidth + 4)
                + standardCount + universalCount
        }
    }

    private struct Reader {
        let bytes: [UInt8]
        var position = 0

        private static let malformed = Problem(description: "malformed time zone information")

        mutating func skip(_ count: Int) throws(Problem) {
            guard count >= 0, count <= bytes.count - position else { throw Self.malformed }
            position += count
        }

        mutating func take(_ count: Int) throws(Problem) -> ArraySlice<UInt8> {
            let start = position
            try skip(count)
            return bytes[start..<position]
        }

        /// A signed big-endian number.
        mutating func number(width: Int) throws(Problem) -> Int64 {
            let field = try take(width)
            let magnitude = field.reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            let shift = UInt64(64 - 8 * width)
            return Int64(bitPattern: magnitude << shift) >> Int64(shift)
        }

        mutating func count() throws(Problem) -> Int {
            let value = try number(width: 4)
            guard value >= 0, value <= byteLimit else { throw Self.malformed }
            return Int(value)
        }

        mutating func header() throws(Problem) -> Header {
            guard try take(4).elementsEqual("TZif".utf8) else { throw Self.malformed }
            var header = Header()
            let version = try take(1).first!
            header.version = version == 0 ? 1 : Int(version) - 0x30
            try skip(15)
            header.universalCount = try count()
            header.standardCount = try count()
            header.leapCount = try count()
            header.transitionCount = try count()
            header.kindCount = try count()
            header.textLength = try count()
            guard header.kindCount > 0, header.kindCount <= 256 else { throw Self.malformed }
            return header
        }

        mutating func block(_ header: Header, timeWidth: Int) throws(Problem) -> ZoneRules {
            guard header.byteCount(timeWidth: timeWidth) <= bytes.count - position else { throw Self.malformed }
            var transitions: [Int64] = []
            for _ in 0..<header.transitionCount { transitions.append(try number(width: timeWidth)) }
            let kindsAfter = try take(header.transitionCount).map { Int($0) }
            let fields = try take(header.kindCount * 6)
            let text = try take(header.textLength)
            try skip(header.leapCount * (timeWidth + 4) + header.standardCount + header.universalCount)
            let kinds = try kinds(fields, text: text)
            guard kindsAfter.allSatisfy({ $0 < kinds.count }), zip(transitions, transitions.dropFirst()).allSatisfy(<)
            else { throw Self.malformed }
            return ZoneRules(transitions: transitions, kindsAfter: kindsAfter, kinds: kinds)
        }

        private func kinds(
            _ fields: ArraySlice<UInt8>, text: ArraySlice<UInt8>
        ) throws(Problem) -> [ZoneRules.Kind] {
            var reader = Reader(bytes: Array(fields))
            var kinds: [ZoneRules.Kind] = []
            while reader.position < fields.count {
                let offset = Int(try reader.number(width: 4))
                let flags = try reader.take(2)
                guard Int(flags.last!) < text.count, offset.magnitude < 26 * 3600 else { throw Self.malformed }
                let name = text.dropFirst(Int(flags.last!)).prefix { $0 != 0 }
                kinds.append(
                    ZoneRules.Kind(
                        offset: offset, isDaylight: flags.first! != 0,
                        abbreviation: String(decoding: name, as: UTF8.self)))
            }
            return kinds
        }

        /// The rule for the future, between two newlines; nil if it is empty.
        mutating func footer() throws(Problem) -> String? {
            guard position < bytes.count, bytes[position] == 0x0A else { return nil }
            let text = bytes[(position + 1)...].prefix { $0 != 0x0A }
            return text.isEmpty ? nil : String(decoding: text, as: UTF8.self)
        }
    }
}
