internal import KTSDBModel
internal import Synchronization

/// Bits that threads set and read without a lock.
@safe
final class AtomicBits: Sendable {
    // SAFETY: `wordCount` words, all written by `init`, only changed atomically, freed by `deinit`.
    nonisolated(unsafe) private let words: UnsafeMutablePointer<Atomic<UInt64>>
    private let wordCount: Int

    /// Creates at least `count` bits, none of which is set.
    init(count: Int) {
        MemoryBounds.checkCount(count)
        wordCount = (count + 63) / 64
        // SAFETY: the invariant begins here.
        unsafe words = .allocate(capacity: wordCount)
        for index in 0..<wordCount { unsafe (words + index).initialize(to: Atomic(0)) }
    }

    deinit {
        // SAFETY: nobody else has the object any more.
        unsafe words.deinitialize(count: wordCount)
        unsafe words.deallocate()
    }

    /// Whether the bit is set.
    @inline(__always)
    func contains(_ index: Int) -> Bool {
        MemoryBounds.check(index, wordCount &* 64)
        // SAFETY: checked above.
        return unsafe words[index / 64].load(ordering: .relaxed) >> UInt64(index % 64) & 1 == 1
    }

    /// Sets the bit.
    func insert(_ index: Int) {
        MemoryBounds.check(index, wordCount &* 64)
        // SAFETY: checked above.
        unsafe words[index / 64].bitwiseOr(1 << UInt64(index % 64), ordering: .relaxed)
    }
}
