internal import CKernels
internal import CLibrary
internal import KTSDBModel
internal import Synchronization

/// Counts bytes of memory, and adds them to the gauge of a larger whole, or to an account of the memory ledger.
final class ByteGauge: Sendable {
    private let count = Atomic<Int>(0)
    private let whole: ByteGauge?
    private let account: MemoryAccount?

    init(partOf whole: ByteGauge? = nil) {
        self.whole = whole
        account = nil
    }

    init(for account: MemoryAccount) {
        whole = nil
        self.account = account
    }

    /// The gauge of the larger whole, or this one if it is not part of another.
    var total: ByteGauge { whole ?? self }

    var value: Int { count.load(ordering: .relaxed) }

    func add(_ bytes: Int) {
        count.wrappingAdd(bytes, ordering: .relaxed)
        whole?.add(bytes)
        account?.add(bytes)
    }
}

/// Bytes that a gauge counts until this object is released.
final class ByteCharge: Sendable {
    private let gauge: ByteGauge
    private let count = Atomic<Int>(0)

    init(_ gauge: ByteGauge) { self.gauge = gauge }

    deinit { gauge.add(-count.load(ordering: .relaxed)) }

    func add(_ bytes: Int) {
        count.wrappingAdd(bytes, ordering: .relaxed)
        gauge.add(bytes)
    }
}

/// The memory of one slab's chunks of one generation: buffers of eight sizes in mapped pages, which are freed together.
///
/// A chunk starts with 32 bytes and moves to buffers that are 32 bytes larger each as it grows. Pages are divided into
/// regions of 8 KiB with buffers of one size; a region whose buffers are all free can be used for any size. The series
/// of a slab grow at about the same pace, so regions pass from one size to the next, and little is wasted besides the
/// last bytes of each buffer. Pages come from the system and return to it whole: a sealed generation leaves no
/// fragments.
@safe
struct ChunkArena: ~Copyable, @unchecked Sendable {
    private let memory: ChunkMemory
    // SAFETY: these are all pages of `memory`, each `pageByteCount` long.
    private var pages: [UnsafeMutableRawPointer] = unsafe []
    private var regions: [Region] = []
    /// Regions without buffers in use.
    private var emptyRegions: [UInt32] = []
    /// For each size, regions that may have room. Entries that are full or have another size by now are skipped.
    private var roomy: InlineArray<8, [UInt32]> = .init(repeating: [])

    /// The buffers of a region.
    private struct Region {
        var sizeClass: UInt8 = 0
        var liveCount: UInt16 = 0
        /// Buffers that were allocated at least once.
        var usedCount: UInt16 = 0
        /// The buffer freed last, plus one; its first two bytes hold the one freed before it. 0 if no buffer was freed.
        var firstFree: UInt16 = 0

        var hasRoom: Bool { firstFree != 0 || Int(usedCount) < ChunkArena.bufferCount(ofClass: sizeClass) }
    }

    init(gauge: ByteGauge) { memory = ChunkMemory(gauge) }

    /// Whether nothing was ever stored.
    var isEmpty: Bool {
        // SAFETY: only the array's count is read, no address.
        unsafe pages.isEmpty
    }

    /// Bytes of a page, which is divided into regions.
    static let pageByteCount = 1 << 16
    private static let blockByteCount = 1 << 13
    private static let blocksPerPage = pageByteCount / blockByteCount

    /// The sizes of buffers: 32, 64, … 256 bytes.
    static func capacity(ofClass sizeClass: UInt8) -> Int { 32 * (Int(sizeClass) + 1) }

    private static func bufferCount(ofClass sizeClass: UInt8) -> Int { blockByteCount / capacity(ofClass: sizeClass) }

    /// Returns a zeroed buffer of `capacity(ofClass:)` bytes: its page << 16 | its offset in the page.
    mutating func allocate(class sizeClass: UInt8) -> UInt32 {
        let number = blockWithRoom(forClass: sizeClass)
        let size = Self.capacity(ofClass: sizeClass)
        let start = number << 13
        let buffer: UInt32
        if regions[Int(number)].firstFree != 0 {
            let index = regions[Int(number)].firstFree - 1
            buffer = start + UInt32(Int(index) * size)
            regions[Int(number)].firstFree = bytes(of: buffer, count: 2).load(littleEndian: UInt16.self, at: 0)
        } else {
            buffer = start + UInt32(Int(regions[Int(number)].usedCount) * size)
            regions[Int(number)].usedCount += 1
        }
        regions[Int(number)].liveCount += 1
        // SAFETY: `address` checks that the buffer's bytes are within its page.
        unsafe memset(memory.address(of: buffer, count: size, in: pages), 0, size)
        return buffer
    }

    /// Frees a buffer for other chunks.
    mutating func free(_ buffer: UInt32, class sizeClass: UInt8) {
        let number = buffer >> 13
        let hadRoom = regions[Int(number)].hasRoom
        regions[Int(number)].liveCount -= 1
        if regions[Int(number)].liveCount == 0 {
            regions[Int(number)] = Region()
            emptyRegions.append(number)
            return
        }
        let index = Int(buffer & UInt32(Self.blockByteCount - 1)) / Self.capacity(ofClass: sizeClass)
        let firstFree = regions[Int(number)].firstFree
        var bytes = mutableBytes(of: buffer, class: sizeClass)
        bytes.storeBytes(of: firstFree.littleEndian, as: UInt16.self)
        regions[Int(number)].firstFree = UInt16(index + 1)
        if !hadRoom { roomy[Int(sizeClass)].append(number) }
    }

    /// The bytes of a buffer of this size, for writing.
    @inline(__always)
    @_lifetime(&self)
    mutating func mutableBytes(of buffer: UInt32, class sizeClass: UInt8) -> MutableRawSpan {
        let count = Self.capacity(ofClass: sizeClass)
        // SAFETY: the bytes are within a page that the arena owns. The exclusive borrow of the arena forbids other
        // access meanwhile, and copies of the page list read only full buffers, which are not written any more.
        let start = unsafe memory.address(of: buffer, count: count, in: pages)
        return unsafe _overrideLifetime(MutableRawSpan(_unsafeStart: start, byteCount: count), mutating: &self)
    }

    /// The first `count` bytes of a buffer.
    @inline(__always)
    @_lifetime(borrow self)
    func bytes(of buffer: UInt32, count: Int) -> RawSpan {
        // SAFETY: the bytes are within a page that the arena owns.
        let start = unsafe memory.address(of: buffer, count: count, in: pages)
        return unsafe _overrideLifetime(RawSpan(_unsafeStart: start, byteCount: count), borrowing: self)
    }

    /// Copies the first `count` bytes of one buffer to another.
    mutating func copy(_ source: UInt32, to target: UInt32, count: Int) {
        // SAFETY: both are within pages that the arena owns, and `memmove` allows overlap.
        unsafe memmove(
            memory.address(of: target, count: count, in: pages), memory.address(of: source, count: count, in: pages),
            count)
    }

    /// Overwrites the beginning of a buffer.
    mutating func fill(_ buffer: UInt32, _ bytes: RawSpan) {
        // SAFETY: the target is within a page that the arena owns. The source cannot be: `self` is borrowed
        // exclusively.
        unsafe bytes.withUnsafeBytes { source in
            guard let start = source.baseAddress else { return }
            unsafe memory.address(of: buffer, count: source.count, in: pages).copyMemory(
                from: start, byteCount: source.count)
        }
    }

    /// Hints that the byte at `offset` of a buffer will be needed soon.
    @inline(__always)
    func prefetch(_ buffer: UInt32, at offset: Int) {
        // SAFETY: nothing is read, and prefetching an unmapped address does nothing.
        unsafe ktsdb_prefetch(pages[Int(buffer >> 16)] + Int(buffer & 0xffff) + offset)
    }

    /// A copy of the page list, for reading full buffers without the slab's lock.
    var pagesCopy: ChunkPages {
        // SAFETY: `memory` owns these pages.
        unsafe ChunkPages(memory, pages)
    }

    /// Returns the number of a region with room for a buffer of this size.
    private mutating func blockWithRoom(forClass sizeClass: UInt8) -> UInt32 {
        while let number = roomy[Int(sizeClass)].last {
            let region = regions[Int(number)]
            if region.usedCount > 0 && region.sizeClass == sizeClass && region.hasRoom { return number }
            roomy[Int(sizeClass)].removeLast()
        }
        if emptyRegions.isEmpty { addPage() }
        let number = emptyRegions.removeLast()
        regions[Int(number)].sizeClass = sizeClass
        roomy[Int(sizeClass)].append(number)
        return number
    }

    private mutating func addPage() {
        // SAFETY: `memory` owns the page.
        unsafe pages.append(memory.addPage())
        // The first region is used first, since memory that was never touched is not resident.
        for _ in 0..<Self.blocksPerPage {
            regions.append(Region())
            emptyRegions.append(UInt32(regions.count - 1))
        }
        emptyRegions.reverse()
    }
}

/// The pages of an arena at one moment. Buffers that were full by then never change, and are read without the slab's
/// lock.
@safe
struct ChunkPages: @unchecked Sendable {
    // SAFETY: `memory` owns the pages.
    private let memory: ChunkMemory
    private let pages: [UnsafeMutableRawPointer]

    @unsafe
    fileprivate init(_ memory: ChunkMemory, _ pages: [UnsafeMutableRawPointer]) {
        // SAFETY: the caller guarantees that `memory` owns the pages.
        self.memory = memory
        unsafe self.pages = pages
    }

    /// The first `count` bytes of a buffer.
    @_lifetime(borrow self)
    func bytes(of buffer: UInt32, count: Int) -> RawSpan {
        // SAFETY: the bytes are within a page that `memory` owns.
        let start = unsafe memory.address(of: buffer, count: count, in: pages)
        return unsafe _overrideLifetime(RawSpan(_unsafeStart: start, byteCount: count), borrowing: self)
    }
}

/// Owns the pages of an arena, and returns them to the system when neither the arena nor a copy of its page list is
/// left.
@safe
private final class ChunkMemory: @unchecked Sendable {
    // SAFETY: changed only by the arena, under the slab's lock; unmapped by `deinit`.
    private var pages: [UnsafeMutableRawPointer] = unsafe []
    private let gauge: ByteGauge

    init(_ gauge: ByteGauge) { self.gauge = gauge }

    deinit {
        // SAFETY: neither the arena nor a copy of its page list is left, so nothing refers to the pages.
        for index in unsafe pages.indices { unsafe munmap(pages[index], ChunkArena.pageByteCount) }
        unsafe gauge.add(-pages.count * ChunkArena.pageByteCount)
    }

    /// Returns the address of a buffer, after checking that `count` bytes from there are within one of `pages`.
    @unsafe @inline(__always)
    func address(of buffer: UInt32, count: Int, in pages: [UnsafeMutableRawPointer]) -> UnsafeMutableRawPointer {
        let offset = Int(buffer & 0xffff)
        precondition(
            count >= 0 && offset + count <= ChunkArena.pageByteCount, "\(count) bytes at \(offset) are not in a page.")
        // SAFETY: the array checks the page's index.
        return unsafe pages[Int(buffer >> 16)] + offset
    }

    /// Maps a new page, zeroed.
    func addPage() -> UnsafeMutableRawPointer {
        // SAFETY: a fresh mapping, which only this object unmaps.
        let page = unsafe mmap(
            nil, ChunkArena.pageByteCount, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
        guard let page = unsafe page, unsafe page != MAP_FAILED else {
            preconditionFailure("The system has no memory left for a page of samples.")
        }
        unsafe pages.append(page)
        gauge.add(ChunkArena.pageByteCount)
        return unsafe page
    }
}
