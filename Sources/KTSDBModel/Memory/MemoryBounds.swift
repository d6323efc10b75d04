/// The bounds checks of the memory types. A failed check ends the process, in every build, with the numbers that failed
/// it.
///
/// The failure is in separate functions, so that a check is one comparison and a jump that is not taken.
@usableFromInline
package enum MemoryBounds {
    /// Checks that `index` is in `0..<count`.
    @inlinable @inline(__always)
    package static func check(_ index: Int, _ count: Int) {
        if _slowPath(UInt(bitPattern: index) >= UInt(bitPattern: count)) { refuseIndex(index, count) }
    }

    /// Checks that `length` is in `0...limit`.
    @inlinable @inline(__always)
    package static func checkLength(_ length: Int, _ limit: Int) {
        if _slowPath(UInt(bitPattern: length) > UInt(bitPattern: limit)) { refuseLength(length, limit) }
    }

    /// Checks that `count` is not negative.
    @inlinable @inline(__always)
    package static func checkCount(_ count: Int) {
        if _slowPath(count < 0) { refuseCount(count) }
    }

    /// Checks that `size` bytes from `offset` on are within `byteCount` bytes. `byteCount` is not negative.
    @inlinable @inline(__always)
    package static func check(_ offset: Int, size: Int, within byteCount: Int) {
        if _slowPath(offset < 0 || offset > byteCount &- size) { refuseBytes(offset, size, byteCount) }
    }

    /// Checks that `size` bytes can start at `offset`, which is so in `0..<limit`: one comparison, for loops over
    /// offsets of unknown sign that compute the limit once.
    @inlinable @inline(__always)
    package static func checkStart(_ offset: Int, below limit: Int, size: Int) {
        if _slowPath(UInt(bitPattern: offset) >= UInt(bitPattern: limit)) {
            refuseBytes(offset, size, limit == 0 ? 0 : limit &+ size &- 1)
        }
    }

    @usableFromInline @inline(never)
    static func refuseIndex(_ index: Int, _ count: Int) -> Never {
        fatalError("There is no element at \(index) of \(count).")
    }

    @usableFromInline @inline(never)
    static func refuseLength(_ length: Int, _ limit: Int) -> Never {
        fatalError("A length of \(length) is not in 0...\(limit).")
    }

    @usableFromInline @inline(never)
    static func refuseCount(_ count: Int) -> Never { fatalError("A count of \(count) is negative.") }

    @usableFromInline @inline(never)
    static func refuseBytes(_ offset: Int, _ size: Int, _ byteCount: Int) -> Never {
        fatalError("\(size) bytes at \(offset) are not within \(byteCount).")
    }
}
