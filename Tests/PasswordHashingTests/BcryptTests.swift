import PasswordHashing
import Testing

@Suite struct `Hashes of bcrypt` {
    /// From OpenBSD's and jBCrypt's tests, and made by libxcrypt.
    static let vectors: [(password: String, hash: String)] = [
        ("", "$2a$06$DCq7YPn5Rq63x1Lad4cll.TV4S6ytwfsfvkgY8jIucDrjc8deX1s."),
        ("abc", "$2a$06$If6bvum7DFjUnE9p2uDeDu0YHzrHM6tf.iqN8.yx.jNN1ILEf7h0i"),
        ("", "$2b$04$......................w74bL5gU7LSJClZClCa.Pkz14aTv/XO"),
        ("a", "$2b$04$abcdefghijklmnopqrstuuMFdJu9yVgmagVAIC24fOZkaFqd3s9JC"),
        ("abc", "$2b$05$CCCCCCCCCCCCCCCCCCCCC.gNn9EDJdrUJF53AHnb.4T9BCvqhUYdW"),
        ("\u{fc}ber pass", "$2b$04$/OK.fbVrR/bpIqNJ5ianF.uGs9wZsp/yRhqF1FVU96ZF3qgNxLR.G"),
        (String(repeating: "x", count: 80), "$2b$04$EGdrhbKUv8Oc9vGiXX0HQOggFQ5qjjrmEhalM5zvPd15A6tWKvQne"),
        ("~!@#$%^&*()      ~!@#$%^&*()PNBFRD", "$2a$04$fPIsBO8qRqkjj273rfaOI.EmBrkYrjQdLmVDJucFt2PeDlIKQ7/Wm"),
    ]

    @Test(arguments: vectors)
    func `match their passwords, and no others`(password: String, hash: String) throws {
        let read = try BcryptHash(hash)
        #expect(read.matches(Array(password.utf8)))
        #expect(!read.matches(Array("\(password)!".utf8)) || password.utf8.count >= 72)
    }

    @Test func `have versions that are computed alike`() throws {
        for version in ["$2b$", "$2a$", "$2y$", "$2x$"] {
            let hash = version + "04$abcdefghijklmnopqrstuuMFdJu9yVgmagVAIC24fOZkaFqd3s9JC"
            #expect(try BcryptHash(hash).matches(Array("a".utf8)), "\(version)")
        }
    }

    @Test func `can be made`() throws {
        let text = BcryptHash.text(Array("secret".utf8), salt: Array(0..<16), cost: 4)
        #expect(text.hasPrefix("$2b$04$") && text.utf8.count == 60)
        #expect(try BcryptHash(text).matches(Array("secret".utf8)))
        #expect(try !BcryptHash(text).matches(Array("Secret".utf8)))
    }

    static let refusals: [(text: String, problem: BcryptProblem)] = [
        ("", .tooShort), ("$2y$10$short", .tooShort),
        (String(repeating: "1", count: 60), .noSign),
        ("$3y$10$QOauhQNbBCuQDKes6eFzPeMqBSjb7Mr5DUmpZ/VcEd00UAV/LDeSi", .newerVersion),
        ("$2y$99$QOauhQNbBCuQDKes6eFzPeMqBSjb7Mr5DUmpZ/VcEd00UAV/LDeSi", .costOutOfRange(99)),
        ("$2y$03$QOauhQNbBCuQDKes6eFzPeMqBSjb7Mr5DUmpZ/VcEd00UAV/LDeSi", .costOutOfRange(3)),
        ("$2y$xx$QOauhQNbBCuQDKes6eFzPeMqBSjb7Mr5DUmpZ/VcEd00UAV/LDeSi", .noCost),
        ("$2y$10$QOauhQNb!CuQDKes6eFzPeMqBSjb7Mr5DUmpZ/VcEd00UAV/LDeSi", .badSalt),
    ]

    @Test(arguments: refusals)
    func `that are malformed are refused, without what they are`(text: String, problem: BcryptProblem) {
        #expect(throws: problem) { try BcryptHash(text) }
        #expect(text.isEmpty || !problem.description.contains(text))
    }

    @Test func `whose end is wrong match nothing`() throws {
        let hash = "$2b$04$abcdefghijklmnopqrstuuMFdJu9yVgmagVAIC24fOZkaFqd3s9JC"
        for changed in [String(hash.dropLast()) + "D", hash + "C", String(hash.dropLast())] {
            #expect(try !BcryptHash(changed).matches(Array("a".utf8)), "\(changed)")
        }
    }

    @Test func `are compared byte by byte`() {
        #expect(ConstantTime.areEqual([], []) && ConstantTime.areEqual([1, 2], [1, 2]))
        #expect(!ConstantTime.areEqual([1, 2], [1, 3]) && !ConstantTime.areEqual([1], [1, 1]))
    }
}
