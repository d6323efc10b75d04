/// The block cipher Blowfish (Schneier, 1993), as far as bcrypt needs it: key setup, and enciphering 64-bit blocks.
struct Blowfish {
    private var subkeys = BlowfishTables.subkeys
    private var boxes = BlowfishTables.boxes

    /// The number of words of a key, once it has been repeated to its full length.
    static let keyWords = 18

    /// Returns a key's bytes as ``keyWords`` words, repeated until they fill them. An empty key becomes zeros.
    static func key(_ bytes: [UInt8]) -> [UInt32] {
        guard !bytes.isEmpty else { return Array(repeating: 0, count: keyWords) }
        return (0..<keyWords).map { word in
            (0..<4).reduce(0) { $0 << 8 | UInt32(bytes[(word * 4 + $1) % bytes.count]) }
        }
    }

    /// Mixes a key and a salt into the state: the words of the salt are enciphered over and over, in turn.
    mutating func expand(key: [UInt32], salt: [UInt32]) {
        mix(key)
        var left: UInt32 = 0, right: UInt32 = 0, next = 0
        func take() -> UInt32 {
            defer { next = (next + 1) % salt.count }
            return salt[next]
        }
        for index in stride(from: 0, to: subkeys.count, by: 2) {
            (left, right) = encipher(left ^ take(), right ^ take())
            (subkeys[index], subkeys[index + 1]) = (left, right)
        }
        for index in stride(from: 0, to: boxes.count, by: 2) {
            (left, right) = encipher(left ^ take(), right ^ take())
            (boxes[index], boxes[index + 1]) = (left, right)
        }
    }

    /// Mixes a key into the state.
    mutating func expand(key: [UInt32]) {
        mix(key)
        var left: UInt32 = 0, right: UInt32 = 0
        for index in stride(from: 0, to: subkeys.count, by: 2) {
            (left, right) = encipher(left, right)
            subkeys[index] = left
            subkeys[index + 1] = right
        }
        for index in stride(from: 0, to: boxes.count, by: 2) {
            (left, right) = encipher(left, right)
            boxes[index] = left
            boxes[index + 1] = right
        }
    }

    private mutating func mix(_ key: [UInt32]) {
        for index in 0..<Self.keyWords { subkeys[index] ^= key[index] }
    }

    /// Enciphers a block.
    func encipher(_ first: UInt32, _ second: UInt32) -> (UInt32, UInt32) {
        var left = first ^ subkeys[0], right = second
        for round in stride(from: 1, to: 17, by: 2) {
            right ^= scramble(left) ^ subkeys[round]
            left ^= scramble(right) ^ subkeys[round + 1]
        }
        return (right ^ subkeys[17], left)
    }

    @inline(__always)
    private func scramble(_ word: UInt32) -> UInt32 {
        let first = boxes[Int(word >> 24)] &+ boxes[256 + Int(word >> 16 & 0xff)]
        return (first ^ boxes[512 + Int(word >> 8 & 0xff)]) &+ boxes[768 + Int(word & 0xff)]
    }
}
