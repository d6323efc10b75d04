internal import KTSDBNotify
internal import PasswordHashing
internal import Synchronization

/// Checks passwords one after the other, on a thread of its own.
final class PasswordChecker: Sendable {
    /// The most checks that may wait or run.
    private static let waitingLimit = 64
    /// The thread, which starts with the first password.
    private static let thread = WorkerThreads(count: 1)

    /// Too many passwords wait to be checked.
    struct Busy: Error {}

    private let checked = Mutex(CheckedPasswords())
    private let waiting = Atomic(0)
    private let secret: [UInt8]

    init() {
        var random = SystemRandomNumberGenerator()
        secret = (0..<32).map { _ in UInt8.random(in: .min ... .max, using: &random) }
    }

    /// Returns whether a user has this password. An unknown user costs the same work, so that the time does not reveal
    /// which users exist.
    /// - Throws: ``Busy`` if too many wait.
    func check(_ name: String, _ password: [UInt8], among users: [String: BcryptHash]) async throws(Busy) -> Bool {
        guard let hash = users[name] ?? substitute(for: name, users) else { return false }
        let isKnown = users[name] != nil, key = key(name, hash, password)
        if let outcome = outcome(key) { return outcome && isKnown }
        guard waiting.add(1, ordering: .relaxed).newValue <= Self.waitingLimit else {
            waiting.subtract(1, ordering: .relaxed)
            throw Busy()
        }
        defer { waiting.subtract(1, ordering: .relaxed) }
        return await Self.thread.run { [self] in
            // A check that ran before may have been the same.
            if let outcome = outcome(key) { return outcome && isKnown }
            let isRight = hash.matches(password) && isKnown
            checked.withLock { $0.note(key, isRight) }
            return isRight
        }
    }

    private func outcome(_ key: String) -> Bool? { checked.withLock { $0.outcome(key) } }

    /// Returns the hash that the password of an unknown user is compared with. It is always the same hash for a name,
    /// so that hashes of different costs do not reveal which users exist.
    private func substitute(for name: String, _ users: [String: BcryptHash]) -> BcryptHash? {
        guard !users.isEmpty else { return nil }
        let names = users.keys.sorted(), digits = SHA256.hexadecimal(secret + Array(name.utf8)).prefix(8)
        return users[names[Int(UInt32(digits, radix: 16) ?? 0) % names.count]]
    }

    private func key(_ name: String, _ hash: BcryptHash, _ password: [UInt8]) -> String {
        let name = Array(name.utf8), length = "\(name.count):\(hash.bytes.count):".utf8
        return SHA256.hexadecimal(secret + length + name + hash.bytes + password)
    }
}
