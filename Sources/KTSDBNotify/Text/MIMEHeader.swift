/// Names of mail headers.
enum MIMEHeader {
    /// Returns a name as Go writes it, `sUbject` as `Subject`; one with characters that no header has stays as it is.
    static func canonicalName(_ name: String) -> String {
        guard name.utf8.allSatisfy(isTokenByte) else { return name }
        var isStart = true
        let bytes = name.utf8.map { byte -> UInt8 in
            defer { isStart = byte == UInt8(ascii: "-") }
            if isStart, (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) { return byte - 0x20 }
            if !isStart, (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) { return byte + 0x20 }
            return byte
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func isTokenByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
    }
}
