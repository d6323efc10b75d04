internal import CKernels
internal import Glibc
internal import KTSDBModel

/// The distinct label names and values of the series in memory: bytes ↔ 32-bit ids.
///
/// Bytes lie in one arena. A symbol lives as long as something refers to it; the bytes of dead ones are reclaimed when
/// they are more than half of the arena. Not thread-safe: part of what the head index's lock guards.
@safe
struct HeadSymbols: ~Copyable {
    private var arena: UnsafeMutablePointer<UInt8>
    private var arenaCapacity = 1 << 12
    private var arenaCount = 0
    private var deadByteCount = 0
    /// Offset in the arena << 24 | length, by id.
    private var places = Column<UInt64>()
    /// How many series or shapes use the symbol, by id; 0 for a free id.
    private var references = Column<UInt32>()
    private var freeIDs: [UInt32] = []
    private var table = HashSlots()

    init() { unsafe arena = .allocate(capacity: arenaCapacity) }

    deinit { unsafe arena.deallocate() }

    /// Bytes of memory held.
    var memoryByteCount: Int { arenaCapacity + places.count * 12 + table.memoryByteCount }

    /// Symbols in use.
    var count: Int { table.count }

    /// The bytes of a symbol; valid until the next symbol is added or released.
    @unsafe @inline(__always)
    func bytes(of id: UInt32) -> UnsafeBufferPointer<UInt8> {
        let place = places[Int(id)]
        return unsafe UnsafeBufferPointer(start: arena + Int(place >> 24), count: Int(place & 0xff_ffff))
    }

    /// The number of a symbol's bytes.
    @inline(__always)
    func byteCount(of id: UInt32) -> Int { Int(places[Int(id)] & 0xff_ffff) }

    /// Hints that the bytes of a symbol will be read soon.
    @inline(__always)
    func prefetch(_ id: UInt32) { unsafe ktsdb_prefetch(arena + Int(places[Int(id)] >> 24)) }

    /// The id of a symbol that is there.
    @unsafe
    func find(_ bytes: UnsafeBufferPointer<UInt8>) -> UInt32? {
        table.find(unsafe Self.hash(bytes)) { id in unsafe isEqual(id, bytes) }
    }

    /// The id of a symbol, which is added if it is new. `retain` must follow.
    @unsafe
    mutating func intern(_ bytes: UnsafeBufferPointer<UInt8>) -> UInt32 {
        let hash = unsafe Self.hash(bytes)
        if let id = table.find(hash, where: { id in unsafe isEqual(id, bytes) }) { return id }
        let place = unsafe UInt64(store(bytes)) << 24 | UInt64(bytes.count)
        let id: UInt32
        if let free = freeIDs.popLast() {
            id = free
            places[Int(id)] = place
        } else {
            id = UInt32(places.count)
            places.append(place)
            references.append(0)
        }
        table.insert(hash, id)
        return id
    }

    /// Counts one more user of the symbol.
    mutating func retain(_ id: UInt32) { references[Int(id)] += 1 }

    /// Counts one user less; the last one frees the symbol and its id.
    mutating func release(_ id: UInt32) {
        references[Int(id)] -= 1
        guard references[Int(id)] == 0 else { return }
        let bytes = unsafe bytes(of: id)
        table.remove(unsafe Self.hash(bytes), id)
        deadByteCount += bytes.count
        places[Int(id)] = 0
        freeIDs.append(id)
        if deadByteCount > 1 << 16, deadByteCount * 2 > arenaCount { compact() }
    }

    /// Whether the symbol's bytes are these.
    @unsafe @inline(__always)
    func isEqual(_ id: UInt32, _ other: UnsafeBufferPointer<UInt8>) -> Bool {
        let own = unsafe bytes(of: id)
        return unsafe own.count == other.count
            && (own.count == 0 || memcmp(own.baseAddress!, other.baseAddress!, own.count) == 0)
    }

    @unsafe
    private static func hash(_ bytes: UnsafeBufferPointer<UInt8>) -> UInt64 {
        unsafe XXHash64.hash(RawSpan(_unsafeElements: bytes))
    }

    @unsafe
    private mutating func store(_ bytes: UnsafeBufferPointer<UInt8>) -> Int {
        if arenaCount + bytes.count > arenaCapacity {
            move(toCapacity: max(arenaCapacity * 2, arenaCount + bytes.count))
        }
        let offset = arenaCount
        if let base = bytes.baseAddress { unsafe (arena + offset).initialize(from: base, count: bytes.count) }
        arenaCount += bytes.count
        return offset
    }

    private mutating func move(toCapacity capacity: Int) {
        let larger = UnsafeMutablePointer<UInt8>.allocate(capacity: capacity)
        // SAFETY: the new arena is larger than what is used of the old one.
        unsafe larger.initialize(from: arena, count: arenaCount)
        unsafe arena.deallocate()
        unsafe arena = larger
        arenaCapacity = capacity
    }

    /// Copies the living symbols into a new arena; ids stay.
    private mutating func compact() {
        let old = unsafe arena
        arenaCapacity = max(1 << 12, (arenaCount - deadByteCount) * 5 / 4)
        unsafe arena = .allocate(capacity: arenaCapacity)
        arenaCount = 0
        deadByteCount = 0
        for id in 0..<places.count where references[id] > 0 {
            let place = places[id]
            let bytes = unsafe UnsafeBufferPointer(start: old + Int(place >> 24), count: Int(place & 0xff_ffff))
            places[id] = unsafe UInt64(store(bytes)) << 24 | UInt64(bytes.count)
        }
        unsafe old.deallocate()
    }
}
