internal import CLibrary

/// Bytes of a file in memory, immutable: pages of it, or a part of an allocation.
///
/// `@unchecked Sendable`: the bytes are never written through the region.
@safe
package final class MappedRegion: @unchecked Sendable {
    /// The number of bytes.
    package let byteCount: Int
    // SAFETY: `byteCount` bytes from `base` on are readable until `deinit`, which `owner` sees to.
    private let base: UnsafeRawPointer
    private let owner: Owner

    private enum Owner {
        case storage(HeapStorage)
        /// So many bytes before the region, and all of the mapping.
        case mapping(skipped: Int, byteCount: Int)
    }

    /// Shares `count` bytes from `offset` on.
    init(sharing storage: HeapStorage, at offset: Int, count: Int) {
        precondition(
            offset >= 0 && count >= 0 && count <= storage.capacity - offset,
            "\(count) bytes at \(offset) are not within a storage of \(storage.capacity).")
        byteCount = count
        owner = .storage(storage)
        // SAFETY: within the storage, by the line above, which lives as long as the region.
        unsafe base = UnsafeRawPointer(storage.base + offset)
    }

    /// Holds a copy of `bytes`.
    package convenience init(copying bytes: RawSpan) {
        let storage = HeapStorage(capacity: bytes.byteCount)
        storage.copy(bytes, to: 0)
        self.init(sharing: storage, at: 0, count: bytes.byteCount)
    }

    /// Maps `count` bytes of a file, at least one, from `offset` on; nil, with `errno` set, when the system does not.
    /// The caller knows that the file has as many.
    init?(_ descriptor: Int32, at offset: UInt64, count: Int) {
        precondition(count > 0, "A mapping has \(count) bytes.")
        let pageMask = UInt64(sysconf(Int32(_SC_PAGESIZE)) - 1)
        let skipped = Int(offset & pageMask)
        // SAFETY: fresh pages, which only this region knows, and gives back.
        let start = unsafe mmap(nil, count + skipped, PROT_READ, MAP_SHARED, descriptor, off_t(offset & ~pageMask))
        guard let start = unsafe start, unsafe start != MAP_FAILED else { return nil }
        byteCount = count
        owner = .mapping(skipped: skipped, byteCount: count + skipped)
        unsafe base = UnsafeRawPointer(start + skipped)
    }

    deinit {
        guard case .mapping(let skipped, let byteCount) = owner else { return }
        // SAFETY: a span of the bytes keeps the region alive, so that nobody reads them any more.
        unsafe _ = munmap(UnsafeMutableRawPointer(mutating: base - skipped), byteCount)
    }

    /// The bytes.
    package var bytes: RawSpan {
        @_lifetime(borrow self)
        @inline(__always)
        get {
            // SAFETY: readable for as long as the region lives.
            unsafe _overrideLifetime(RawSpan(_unsafeStart: base, byteCount: byteCount), borrowing: self)
        }
    }

    /// Some of the bytes, for as long as there is `owner`, which must never let go of the region.
    @unsafe @inline(__always)
    @_lifetime(borrow owner)
    package func bytes<Owner: AnyObject>(_ range: Range<Int>, keptBy owner: borrowing Owner) -> RawSpan {
        precondition(
            range.lowerBound >= 0 && range.upperBound <= byteCount, "\(range) is not within \(byteCount) bytes.")
        // SAFETY: readable for as long as the region lives, which is as long as the owner lives.
        let span = unsafe RawSpan(_unsafeStart: base + range.lowerBound, byteCount: range.count)
        return unsafe _overrideLifetime(span, borrowing: owner)
    }

    /// Flips one bit under the reader's eyes: what a failing disk can do to a mapping. Only for tests.
    package func flipBit(at position: Int, bit: Int) {
        precondition(position >= 0 && position < byteCount, "\(position) is not within \(byteCount) bytes.")
        guard case .storage = owner else { preconditionFailure("Only a region on the heap can be damaged.") }
        // SAFETY: within the storage, which is writable; a test has nobody read it meanwhile.
        let byte = unsafe UnsafeMutableRawPointer(mutating: base + position).assumingMemoryBound(to: UInt8.self)
        unsafe byte.pointee ^= 1 << UInt8(bit)
    }
}

/// One allocation of bytes.
///
/// `@unchecked Sendable`: bytes that a reader was told of are never written again.
@safe
final class HeapStorage: @unchecked Sendable {
    let capacity: Int
    // SAFETY: `capacity` bytes, at least one, all written by `init`, freed by `deinit`.
    fileprivate let base: UnsafeMutableRawPointer

    init(capacity: Int) {
        precondition(capacity >= 0, "A storage has \(capacity) bytes.")
        self.capacity = capacity
        // SAFETY: the invariant begins here.
        unsafe base = .allocate(byteCount: max(capacity, 1), alignment: 16)
        unsafe base.initializeMemory(as: UInt8.self, repeating: 0, count: max(capacity, 1))
    }

    convenience init(copying other: HeapStorage, count: Int, capacity: Int) {
        self.init(capacity: capacity)
        // SAFETY: both hold at least as many bytes.
        unsafe base.copyMemory(from: other.base, byteCount: min(count, capacity, other.capacity))
    }

    deinit {
        // SAFETY: regions keep the storage, so that nobody reads it any more.
        unsafe base.deallocate()
    }

    func copy(_ bytes: RawSpan, to offset: Int) {
        precondition(
            offset >= 0 && bytes.byteCount <= capacity - offset,
            "\(bytes.byteCount) bytes at \(offset) are not within a storage of \(capacity).")
        // SAFETY: checked above.
        unsafe bytes.withUnsafeBytes { source in
            if source.count > 0 {
                unsafe (base + offset).copyMemory(from: source.baseAddress!, byteCount: source.count)
            }
        }
    }

    func copy(from offset: Int, count: Int, into bytes: inout MutableRawSpan) {
        precondition(
            offset >= 0 && count >= 0 && count <= capacity - offset && count <= bytes.byteCount,
            "\(count) bytes at \(offset) are not within a storage of \(capacity), or not within \(bytes.byteCount).")
        // SAFETY: checked above.
        unsafe bytes.withUnsafeMutableBytes { target in
            if count > 0 { unsafe target.baseAddress!.copyMemory(from: base + offset, byteCount: count) }
        }
    }
}
