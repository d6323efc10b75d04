/// A password's hash by bcrypt (Provos and Mazières, "A Future-Adaptable Password Scheme", 1999), such as
/// `$2y$10$` followed by 22 characters of salt and 31 of the hash.
///
/// Versions `2`, `2a`, `2b`, `2x` and `2y` are computed in the same way, as in Go. Only the first 72 bytes of a
/// password count.
package struct BcryptHash: Hashable, Sendable {
    /// The range of costs, both ends inclusive.
    package static let costs = 4...31

    /// The cost: checking a password takes 2^cost rounds.
    package let cost: Int
    private let salt: [UInt8]
    private let digest: [UInt8]

    /// The cost, the salt and the digest as bytes, which identify the hash.
    package var bytes: [UInt8] { [UInt8(cost)] + salt + digest }

    private static let shortest = 59, saltLength = 22

    /// Reads a hash.
    /// - Throws: ``BcryptProblem``, in the words of Go's package but without the text.
    package init(_ text: String) throws(BcryptProblem) {
        var rest = Array(text.utf8)[...]
        guard rest.count >= Self.shortest else { throw .tooShort }
        guard let sign = rest.popFirst(), sign == UInt8(ascii: "$") else { throw .noSign }
        guard let version = rest.popFirst(), version <= UInt8(ascii: "2") else { throw .newerVersion }
        if rest.first != UInt8(ascii: "$") { rest.removeFirst() }
        rest.removeFirst()
        guard let cost = Int(String(decoding: rest.prefix(2), as: UTF8.self)) else { throw .noCost }
        guard Self.costs.contains(cost) else { throw .costOutOfRange(cost) }
        rest = rest.dropFirst(3)
        guard let salt = BcryptBase64.decode(rest.prefix(Self.saltLength)) else { throw .badSalt }
        self.cost = cost
        self.salt = salt
        digest = Array(rest.dropFirst(Self.saltLength))
    }

    /// Returns whether this is the hash of `password`. Takes about 2^cost × 0.1 ms, for right and wrong passwords
    /// alike.
    package func matches(_ password: [UInt8]) -> Bool {
        ConstantTime.areEqual(BcryptBase64.encode(Self.digest(password, salt: salt, cost: cost)), digest)
    }

    /// Hashes a password with a salt of 16 bytes; returns the text of the hash.
    package static func text(_ password: [UInt8], salt: [UInt8], cost: Int) -> String {
        precondition(salt.count == 16 && costs.contains(cost), "a salt of \(salt.count) bytes, a cost of \(cost)")
        let encoded = BcryptBase64.encode(salt) + BcryptBase64.encode(digest(password, salt: salt, cost: cost))
        return "$2b$\(cost < 10 ? "0" : "")\(cost)$" + String(decoding: encoded, as: UTF8.self)
    }

    /// Returns the 23 bytes that bcrypt computes from a password.
    private static func digest(_ password: [UInt8], salt: [UInt8], cost: Int) -> [UInt8] {
        // The terminating zero of a C string is part of the key.
        let key = Blowfish.key(password + [0]), saltKey = Blowfish.key(salt)
        var cipher = Blowfish()
        cipher.expand(key: key, salt: Array(saltKey[..<4]))
        for _ in 0..<(1 << cost) {
            cipher.expand(key: key)
            cipher.expand(key: saltKey)
        }
        var words = plainText
        for pair in stride(from: 0, to: words.count, by: 2) {
            for _ in 0..<64 { (words[pair], words[pair + 1]) = cipher.encipher(words[pair], words[pair + 1]) }
        }
        let bytes = words.flatMap { word in (0..<4).map { UInt8(truncatingIfNeeded: word >> (24 - 8 * $0)) } }
        return Array(bytes.dropLast())
    }

    /// The text that is enciphered: `OrpheanBeholderScryDoubt`, as words.
    private static let plainText: [UInt32] = [
        0x4f72_7068, 0x6561_6e42, 0x6568_6f6c, 0x6465_7253, 0x6372_7944, 0x6f75_6274,
    ]
}

/// Why a text is not a bcrypt hash. It does not include the text, which may be a password.
package enum BcryptProblem: Error, Hashable, CustomStringConvertible {
    case tooShort, noSign, newerVersion, noCost, badSalt
    case costOutOfRange(Int)

    package var description: String {
        switch self {
        case .tooShort: "crypto/bcrypt: hashedSecret too short to be a bcrypted password"
        case .noSign: "crypto/bcrypt: bcrypt hashes must start with '$'"
        case .newerVersion: "crypto/bcrypt: bcrypt algorithm version requested is newer than current version '2'"
        case .noCost: "crypto/bcrypt: the cost is not a number of two digits"
        case .badSalt: "crypto/bcrypt: the salt has a character that is not of bcrypt's base 64"
        case .costOutOfRange(let cost):
            "crypto/bcrypt: cost \(cost) is outside allowed inclusive range \(BcryptHash.costs.lowerBound).."
                + "\(BcryptHash.costs.upperBound)"
        }
    }
}
