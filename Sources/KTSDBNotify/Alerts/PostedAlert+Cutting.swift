extension PostedAlert {
    /// What an annotation that was cut ends with.
    private static let cutMark = " … (cut)"
    /// How many digits of a hash distinguish labels that were cut.
    private static let hashDigits = 16

    /// Cuts annotations until all names and values have at most `limit` bytes; the longest lose most. Nothing is done
    /// if the names alone are too long. Returns whether something was cut.
    package mutating func cutAnnotations(to limit: Int) -> Bool {
        let mark = Self.cutMark
        return Self.cut(&annotations, to: limit - generatorURL.utf8.count, markSize: mark.utf8.count) { _ in mark }
    }

    /// Cuts labels in the same way. The end of a value that was cut has a hash of the whole value, so that alerts which
    /// differ stay different, and the same alert stays the same.
    package mutating func cutLabels(to limit: Int) -> Bool {
        let size = Self.cutMark.utf8.count + Self.hashDigits + 2
        return Self.cut(&labels, to: limit, markSize: size) { value in
            " … (cut, \(SHA256.hexadecimal(Array(value.utf8)).prefix(Self.hashDigits)))"
        }
    }

    private static func cut(
        _ pairs: inout [(name: String, value: String)], to limit: Int, markSize: Int, mark: (String) -> String
    ) -> Bool {
        let room = pairs.reduce(limit) { $0 - $1.name.utf8.count }
        let size = pairs.reduce(0) { $0 + $1.value.utf8.count }
        guard size > room, room > pairs.count * markSize else { return false }
        let share = share(of: room, among: pairs.map(\.value.utf8.count))
        for index in pairs.indices where pairs[index].value.utf8.count > share {
            let value = pairs[index].value
            pairs[index].value = prefix(of: value, byteCount: share - markSize) + mark(value)
        }
        return true
    }

    /// How long a value may be: short ones stay whole, the others share what is left.
    private static func share(of room: Int, among lengths: [Int]) -> Int {
        var room = room, share = 0
        let sorted = lengths.sorted()
        for (index, length) in sorted.enumerated() {
            share = room / (sorted.count - index)
            if length > share { break }
            room -= length
        }
        return share
    }

    /// The first characters of a text that have at most this many bytes.
    private static func prefix(of text: String, byteCount: Int) -> String {
        var left = byteCount, kept = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            left -= UTF8.width(scalar)
            guard left >= 0 else { break }
            kept.append(scalar)
        }
        return String(kept)
    }
}
