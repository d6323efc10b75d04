/// The subject alternative names of a certificate (RFC 5280, 4.2.1.6): hosts, mail addresses, IP addresses and URIs, as
/// Go writes them.
package enum CertificateNames {
    /// The object identifier 2.5.29.17, in DER.
    private static let extensionID: [UInt8] = [0x55, 0x1d, 0x11]

    /// Returns the names in a certificate in DER; empty if it is malformed or has no names.
    package static func names(der: [UInt8]) -> [String] {
        var certificate = DERReader(der[...])
        guard var parts = certificate.next(0x30).map(DERReader.init), var body = parts.next(0x30).map(DERReader.init)
        else { return [] }
        while let (tag, content) = body.next() {
            // The tag of the extensions; other parts are skipped.
            guard tag == 0xa3 else { continue }
            var wrapper = DERReader(content)
            guard var extensions = wrapper.next(0x30).map(DERReader.init) else { return [] }
            while let element = extensions.next(0x30) {
                if let names = names(inExtension: element) { return names }
            }
        }
        return []
    }

    /// Returns the names in an extension; nil if it is not the one with the names.
    private static func names(inExtension element: ArraySlice<UInt8>) -> [String]? {
        var reader = DERReader(element)
        guard let id = reader.next(0x06), id.elementsEqual(extensionID) else { return nil }
        while let (tag, content) = reader.next() {
            // A truth value before the content says whether the extension is critical.
            guard tag == 0x04 else { continue }
            var value = DERReader(content)
            guard var list = value.next(0x30).map(DERReader.init) else { return [] }
            var names: [String] = []
            while let (tag, content) = list.next() {
                if let name = name(tag, content) { names.append(name) }
            }
            return names
        }
        return []
    }

    private static func name(_ tag: UInt8, _ content: ArraySlice<UInt8>) -> String? {
        switch tag {
        case 0x81, 0x82, 0x86: String(decoding: content, as: UTF8.self)
        case 0x87: address(Array(content))
        default: nil
        }
    }

    /// Returns an IP address as Go writes it; nil unless it has 4 or 16 bytes.
    static func address(_ bytes: [UInt8]) -> String? {
        if bytes.count == 4 { return bytes.map(String.init).joined(separator: ".") }
        guard bytes.count == 16 else { return nil }
        // An IPv4 address in IPv6 form.
        if bytes[..<10].allSatisfy({ $0 == 0 }), bytes[10] == 0xff, bytes[11] == 0xff {
            return address(Array(bytes[12...]))
        }
        let groups = stride(from: 0, to: 16, by: 2).map { UInt16(bytes[$0]) << 8 | UInt16(bytes[$0 + 1]) }
        let texts = groups.map { String($0, radix: 16) }
        guard let gap = longestGap(groups) else { return texts.joined(separator: ":") }
        return texts[..<gap.lowerBound].joined(separator: ":") + "::" + texts[gap.upperBound...].joined(separator: ":")
    }

    /// Returns the longest run of two or more zero groups; of equally long ones, the first.
    private static func longestGap(_ groups: [UInt16]) -> Range<Int>? {
        var best: Range<Int>?, start = 0
        while start < groups.count {
            let end = groups[start...].firstIndex { $0 != 0 } ?? groups.count
            if end - start >= 2, end - start > best?.count ?? 0 { best = start..<end }
            start = end + 1
        }
        return best
    }
}

/// Reads elements in the encoding DER (X.690), one after the other.
struct DERReader {
    private var rest: ArraySlice<UInt8>

    init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

    /// Returns the next element's tag and content; nil at the end, or if the element is malformed.
    mutating func next() -> (tag: UInt8, content: ArraySlice<UInt8>)? {
        guard let tag = rest.popFirst(), let first = rest.popFirst() else { return nil }
        var length = Int(first)
        if first & 0x80 != 0 {
            let count = Int(first & 0x7f)
            guard (1...4).contains(count), rest.count >= count else { return nil }
            length = rest.prefix(count).reduce(0) { $0 << 8 | Int($1) }
            rest = rest.dropFirst(count)
        }
        guard length <= rest.count else { return nil }
        defer { rest = rest.dropFirst(length) }
        return (tag, rest.prefix(length))
    }

    /// Returns the content of the next element; nil if it has another tag.
    mutating func next(_ tag: UInt8) -> ArraySlice<UInt8>? {
        guard let element = next(), element.tag == tag else { return nil }
        return element.content
    }
}
