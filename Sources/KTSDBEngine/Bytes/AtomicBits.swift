internal import KTSDBModel
internal import Synchronization

/// Bits that threads set and read without a lock.
@safe
final class AtomicBits: Sendable {
    // SAFETY: `wordCount` words, all initialized by `init`, changed only atomically, freed by `deinit`.
    nonisolated(unsafe) private let words: UnsafeMutablePointer<Atomic<UInt64>>
    private let wordCount: Int

    /// Creates at least `count` bits, all of them clear.
    init(count: Int) {
        MemoryBounds.checkCount(count)
        wordCount = (count + 63) / 64
        // SAFETY: establishes the invariant of `words`.
        unsafe words = .allocate(capacity: wordCount)
        for index in 0..<wordCount { unsafe (words + index).initialize(to: Atomic(0)) }
    }

    deinit {
        // SAFETY: nobody else holds a reference to this object.
        unsafe words.deinitialize(count: wordCount)
        unsafe words.deallocate()
    }

    /// Whether the bit is set. Traps if `index` is out of bounds.
    @inline(__always)
    func contains(_ index: Int) -> Bool {
        MemoryBounds.check(index, wordCount &* 64)
        // SAFETY: checked above.
        return unsafe words[index / 64].load(ordering: .relaxed) >> UInt64(index % 64) & 1 == 1
    }

    /// Sets the bit. Traps if `index` is out of bounds.
    func insert(_ index: Int) {
        MemoryBounds.check(index, wordCount &* 64)
        // SAFETY: checked above.
        unsafe words[index / 64].bitwiseOr(1 << UInt64(index % 64), ordering: .relaxed)
    }
}
