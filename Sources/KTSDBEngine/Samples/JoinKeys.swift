internal import KTSDBModel
internal import Synchronization

/// The join keys of a block's series that were needed so far: hashes that distinguish series with the same fingerprint.
/// Any number of threads may use them at once.
final class JoinKeys: Sendable {
    private static let seed = UInt64.random(in: 1 ... .max)
    private let count: Int
    /// By series; 0 for a key that is not known.
    private let keys = Mutex<[UInt64]>([])

    init(count: Int) { self.count = count }

    /// Returns the key of these labels. It is never 0, which means that a key is not known.
    static func key(of labels: Labels) -> UInt64 {
        max(1, XXHash64.hash(labels.bytes.span.rawBytes, seed: seed))
    }

    /// The bytes of memory it takes.
    var byteCount: Int { keys.withLock { $0.count * 8 } }

    subscript(series: UInt32) -> UInt64? {
        get {
            keys.withLock { keys in
                guard series < keys.count, keys[Int(series)] != 0 else { return nil }
                return keys[Int(series)]
            }
        }
        set {
            keys.withLock { keys in
                if keys.isEmpty { keys = [UInt64](repeating: 0, count: count) }
                if series < keys.count { keys[Int(series)] = newValue ?? 0 }
            }
        }
    }
}
