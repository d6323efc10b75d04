internal import CKernels
internal import CLibrary
internal import KTSDBModel
internal import Synchronization

/// Counts bytes of memory, and those of a larger whole with them.
final class ByteGauge: Sendable {
    private let count = Atomic<Int>(0)
    private let whole: ByteGauge?

    init(partOf whole: ByteGauge? = nil) { self.whole = whole }

    /// The gauge of the larger whole; this one when there is none.
    var total: ByteGauge { whole ?? self }

    var value: Int { count.load(ordering: .relaxed) }

    func add(_ bytes: Int) {
        count.wrappingAdd(bytes, ordering: .relaxed)
        whole?.add(bytes)
    }
}

/// Bytes that count in a gauge for as long as somebody holds this.
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

/// The memory of one slab's chunks of one generation: buffers of eight sizes out of mapped pages, freed all at once.
///
/// A chunk starts with 32 bytes and moves to a buffer 32 bytes larger as it grows. Pages are divided into regions of 8
/// KiB with buffers of one size; a region whose buffers are all free again serves any size. The series of a slab grow
/// at about the same pace, so what one size leaves the next one takes, and little is lost beside the last bytes of each
/// buffer. Pages come from the system and go back to it whole: a sealed generation leaves no fragments behind.
@safe
struct ChunkArena: ~Copyable, @unchecked Sendable {
    private let memory: ChunkMemory
    // SAFETY: all of `memory`'s pages, at hand, which are as long as the constant says.
    private var pages: [UnsafeMutableRawPointer] = unsafe []
    private var regions: [Region] = []
    /// Regions without buffers in use.
    private var emptyRegions: [UInt32] = []
    /// For each size, regions that may have room. One that has none any more, or serves another size, is passed over.
    private var roomy: InlineArray<8, [UInt32]> = .init(repeating: [])

    /// The buffers of a region.
    private struct Region {
        var sizeClass: UInt8 = 0
        var liveCount: UInt16 = 0
        /// Buffers that were given out at least once.
        var usedCount: UInt16 = 0
        /// The last buffer that was given back, plus one; its first two bytes name the one before. 0: there is none.
        var firstFree: UInt16 = 0

        var hasRoom: Bool { firstFree != 0 || Int(usedCount) < ChunkArena.bufferCount(ofClass: sizeClass) }
    }

    init(gauge: ByteGauge) { memory = ChunkMemory(gauge) }

    /// Whether nothing was ever stored.
    var isEmpty: Bool {
        // SAFETY: the addresses are not used.
        unsafe pages.isEmpty
    }

    /// Bytes of a page, and of the regions that it is divided into.
    static let pageByteCount = 1 << 16
    private static let blockByteCount = 1 << 13
    private static let blocksPerPage = pageByteCount / blockByteCount

    /// The sizes of buffers: 32, 64, … 256 bytes.
    static func capacity(ofClass sizeClass: UInt8) -> Int { 32 * (Int(sizeClass) + 1) }

    private static func bufferCount(ofClass sizeClass: UInt8) -> Int { blockByteCount / capacity(ofClass: sizeClass) }

    /// A buffer of `capacity(ofClass:)` bytes, zeroed: its page << 16 | its offset in the page.
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
        // SAFETY: the buffer's bytes are within its page, as `address` has found.
        unsafe memset(memory.address(of: buffer, count: size, in: pages), 0, size)
        return buffer
    }

    /// Gives a buffer back, for other chunks.
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
        // SAFETY: the bytes are within a page that the arena keeps; the exclusive borrow of the arena forbids other
        // access meanwhile, and snapshots read full buffers only, which nobody writes.
        let start = unsafe memory.address(of: buffer, count: count, in: pages)
        return unsafe _overrideLifetime(MutableRawSpan(_unsafeStart: start, byteCount: count), mutating: &self)
    }

    /// The first `count` bytes of a buffer.
    @inline(__always)
    @_lifetime(borrow self)
    func bytes(of buffer: UInt32, count: Int) -> RawSpan {
        // SAFETY: the bytes are within a page that the arena keeps.
        let start = unsafe memory.address(of: buffer, count: count, in: pages)
        return unsafe _overrideLifetime(RawSpan(_unsafeStart: start, byteCount: count), borrowing: self)
    }

    /// Copies the first `count` bytes of one buffer to another.
    mutating func copy(_ source: UInt32, to target: UInt32, count: Int) {
        // SAFETY: both are within pages that the arena keeps; `memmove` allows any two.
        unsafe memmove(
            memory.address(of: target, count: count, in: pages), memory.address(of: source, count: count, in: pages),
            count)
    }

    /// Overwrites the beginning of a buffer.
    mutating func fill(_ buffer: UInt32, _ bytes: RawSpan) {
        // SAFETY: the target is within a page that the arena keeps, and the source is not, as that is borrowed.
        unsafe bytes.withUnsafeBytes { source in
            guard let start = source.baseAddress else { return }
            unsafe memory.address(of: buffer, count: source.count, in: pages).copyMemory(
                from: start, byteCount: source.count)
        }
    }

    /// Hints that the byte at `offset` of a buffer will be needed soon.
    @inline(__always)
    func prefetch(_ buffer: UInt32, at offset: Int) {
        // SAFETY: nothing is read, and a hint at an address without memory does nothing.
        unsafe ktsdb_prefetch(pages[Int(buffer >> 16)] + Int(buffer & 0xffff) + offset)
    }

    /// The arena as it is now, for reading buffers that are full without the slab's lock.
    var snapshot: ChunkPages {
        // SAFETY: the pages are those of the memory.
        unsafe ChunkPages(memory, pages)
    }

    /// The number of a region with room for a buffer.
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
        // SAFETY: the page is one of the memory's.
        unsafe pages.append(memory.addPage())
        // The first one is taken first: memory that is not touched is not resident.
        for _ in 0..<Self.blocksPerPage {
            regions.append(Region())
            emptyRegions.append(UInt32(regions.count - 1))
        }
        emptyRegions.reverse()
    }
}

/// The pages of an arena at a moment: buffers that are full by then never change, and are found without the arena's
/// lock.
@safe
struct ChunkPages: @unchecked Sendable {
    // SAFETY: `memory` keeps the pages.
    private let memory: ChunkMemory
    private let pages: [UnsafeMutableRawPointer]

    @unsafe
    fileprivate init(_ memory: ChunkMemory, _ pages: [UnsafeMutableRawPointer]) {
        // SAFETY: the caller says that the memory keeps the pages.
        self.memory = memory
        unsafe self.pages = pages
    }

    /// The first `count` bytes of a buffer.
    @_lifetime(borrow self)
    func bytes(of buffer: UInt32, count: Int) -> RawSpan {
        // SAFETY: the bytes are within a page that the memory keeps.
        let start = unsafe memory.address(of: buffer, count: count, in: pages)
        return unsafe _overrideLifetime(RawSpan(_unsafeStart: start, byteCount: count), borrowing: self)
    }
}

/// What gives the pages of an arena back to the system, when neither the arena nor a snapshot of it is left.
@safe
private final class ChunkMemory: @unchecked Sendable {
    // SAFETY: changed by the arena alone, under its lock; given back by `deinit`.
    private var pages: [UnsafeMutableRawPointer] = unsafe []
    private let gauge: ByteGauge

    init(_ gauge: ByteGauge) { self.gauge = gauge }

    deinit {
        // SAFETY: neither the arena nor a snapshot is left, so that nobody knows the pages any more.
        for index in unsafe pages.indices { unsafe munmap(pages[index], ChunkArena.pageByteCount) }
        unsafe gauge.add(-pages.count * ChunkArena.pageByteCount)
    }

    /// The first of `count` bytes of a buffer, which are found to be within one of `pages`.
    @unsafe @inline(__always)
    func address(of buffer: UInt32, count: Int, in pages: [UnsafeMutableRawPointer]) -> UnsafeMutableRawPointer {
        let offset = Int(buffer & 0xffff)
        precondition(
            count >= 0 && offset + count <= ChunkArena.pageByteCount, "\(count) bytes at \(offset) are not in a page.")
        // SAFETY: the array checks the page's number.
        return unsafe pages[Int(buffer >> 16)] + offset
    }

    /// A new page, zeroed.
    func addPage() -> UnsafeMutableRawPointer {
        // SAFETY: fresh pages, which this object alone gives back.
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
