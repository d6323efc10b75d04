internal import Glibc
internal import Synchronization

/// Counts bytes of memory, and those of a larger whole with them.
final class ByteGauge: Sendable {
    private let count = Atomic<Int>(0)
    private let whole: ByteGauge?

    init(partOf whole: ByteGauge? = nil) { self.whole = whole }

    var value: Int { count.load(ordering: .relaxed) }

    func add(_ bytes: Int) {
        count.wrappingAdd(bytes, ordering: .relaxed)
        whole?.add(bytes)
    }
}

/// The memory of one slab's chunks of one generation: buffers of four sizes out of mapped pages, freed all at once.
///
/// A chunk starts small and moves to a larger buffer as it grows; the small one serves the next chunk. Pages come from
/// the system and go back to it whole, so that a sealed generation leaves no fragments behind.
@safe
final class ChunkArena: @unchecked Sendable {
    // Guarded by the slab's lock until the generation is frozen; read-only from then on.
    private var pages: [UnsafeMutableRawPointer] = unsafe []
    private var used = 0
    private var free: InlineArray<4, [UInt32]> = .init(repeating: [])
    private let gauge: ByteGauge

    init(gauge: ByteGauge) { self.gauge = gauge }

    /// Whether nothing was ever stored.
    var isEmpty: Bool { unsafe pages.isEmpty }

    /// Bytes of a page.
    static let pageByteCount = 1 << 16
    /// The sizes of buffers: 32 << class.
    static let classCount = 4

    static func capacity(ofClass sizeClass: UInt8) -> Int { 32 << Int(sizeClass) }

    deinit {
        for index in unsafe pages.indices { unsafe munmap(pages[index], Self.pageByteCount) }
        unsafe gauge.add(-pages.count * Self.pageByteCount)
    }

    /// A buffer of `capacity(ofClass:)` bytes, zeroed: its page << 16 | its offset in the page.
    func allocate(class sizeClass: UInt8) -> UInt32 {
        if let reused = free[Int(sizeClass)].popLast() {
            unsafe memset(pointer(to: reused), 0, Self.capacity(ofClass: sizeClass))
            return reused
        }
        let size = Self.capacity(ofClass: sizeClass)
        if unsafe pages.isEmpty || used + size > Self.pageByteCount { addPage() }
        defer { used += size }
        return unsafe UInt32(pages.count - 1) << 16 | UInt32(used)
    }

    /// Gives a buffer back, for another chunk of the same size.
    func free(_ buffer: UInt32, class sizeClass: UInt8) { free[Int(sizeClass)].append(buffer) }

    /// The first byte of a buffer; stays where it is for as long as the arena lives.
    @unsafe @inline(__always)
    func pointer(to buffer: UInt32) -> UnsafeMutablePointer<UInt8> {
        // SAFETY: buffers are only made by `allocate`, within an existing page.
        unsafe (pages[Int(buffer >> 16)] + Int(buffer & 0xffff)).assumingMemoryBound(to: UInt8.self)
    }

    /// The arena as it is now, for reading buffers that are full without the slab's lock.
    var snapshot: ChunkPages { unsafe ChunkPages(arena: self, pages: pages) }

    private func addPage() {
        let page = unsafe mmap(nil, Self.pageByteCount, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
        guard let page = unsafe page, unsafe page != MAP_FAILED else {
            preconditionFailure("The system has no memory left for a page of samples.")
        }
        unsafe pages.append(page)
        gauge.add(Self.pageByteCount)
        used = 0
    }
}

/// The pages of an arena at a moment: buffers that are full by then never change, and are found without the arena's lock.
@safe
struct ChunkPages: @unchecked Sendable {
    // Keeps the pages.
    private let arena: ChunkArena
    private let pages: [UnsafeMutableRawPointer]

    fileprivate init(arena: ChunkArena, pages: [UnsafeMutableRawPointer]) {
        self.arena = arena
        unsafe self.pages = pages
    }

    /// The first byte of a buffer.
    @unsafe
    func pointer(to buffer: UInt32) -> UnsafePointer<UInt8> {
        // SAFETY: buffers are within an existing page of their arena.
        unsafe UnsafePointer((pages[Int(buffer >> 16)] + Int(buffer & 0xffff)).assumingMemoryBound(to: UInt8.self))
    }
}
