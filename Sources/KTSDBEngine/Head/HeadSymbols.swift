internal import CKernels
internal import CLibrary
internal import KTSDBModel

/// The distinct label names and values of the series in memory: bytes ↔ 32-bit ids.
///
/// Bytes lie in one arena. A symbol lives as long as something refers to it; the bytes of dead ones are reclaimed when
/// they are more than half of the arena. Not thread-safe: part of what the head index's lock guards.
@safe
struct HeadSymbols: ~Copyable {
    private var arena: UnsafeMutablePointer<UInt8>
    private var arenaCapacity = 1 << 12
    private(set) var arenaCount = 0
    private(set) var deadByteCount = 0
    /// Offset in the arena << 24 | length, by id.
    private(set) var places = Column<UInt64>()
    /// How many series or shapes use the symbol, by id; 0 for a free id.
    private(set) var references = Column<UInt32>()
    private var freeIDs: [UInt32] = []
    private var table = HashSlots()
    /// Ids of symbols that were added.
    var journal = ChangeJournal()

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
        journal.append(id)
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

// MARK: Loading in bulk

extension HeadSymbols {
    /// Ids that were ever used are below this.
    var idLimit: Int { places.count }

    /// Whether something refers to the symbol.
    func isLive(_ id: UInt32) -> Bool { references[Int(id)] > 0 }

    /// Bytes of the symbols that something refers to.
    var liveByteCount: Int { arenaCount - deadByteCount }

    /// Empty symbols with room for `byteCount` bytes and for ids below `limit`; `load` and `finishLoading` follow.
    init(loadingBytes byteCount: Int, idLimit limit: Int) {
        self.init()
        move(toCapacity: max(arenaCapacity, byteCount))
        _ = places.extend(by: limit)
        _ = references.extend(by: limit)
    }

    /// Takes symbols that lie end to end, under ids below the limit; a later one of the same id replaces an earlier
    /// one. False when the lengths do not add up to the bytes, or one is 0 or too long.
    mutating func load(ids: Span<UInt32>, lengths: Span<UInt32>, bytes: RawSpan) -> Bool {
        // SAFETY: the pointer is used during the call only.
        var offset = unsafe bytes.withUnsafeBytes { source in
            unsafe store(source.assumingMemoryBound(to: UInt8.self))
        }
        for index in 0..<ids.count {
            let id = Int(ids[index]), length = Int(lengths[index])
            guard id < places.count, length > 0, length <= 0xff_ffff, length <= arenaCount - offset else {
                return false
            }
            deadByteCount += Int(places[id] & 0xff_ffff)
            places[id] = UInt64(offset) << 24 | UInt64(length)
            offset += length
        }
        return offset == arenaCount
    }

    /// Whether the id has bytes.
    @inline(__always)
    func isLoaded(_ id: UInt32) -> Bool { Int(id) < places.count && places[Int(id)] != 0 }

    /// Makes the symbols that were retained since they were loaded ready for use, and frees the others.
    mutating func finishLoading() {
        var used = 0
        for id in 0..<references.count where references[id] > 0 { used += 1 }
        table = HashSlots(capacity: used)
        for id in (0..<places.count).reversed() {
            if references[id] > 0 {
                table.insert(unsafe Self.hash(bytes(of: UInt32(id))), UInt32(id))
            } else {
                deadByteCount += Int(places[id] & 0xff_ffff)
                places[id] = 0
                freeIDs.append(UInt32(id))
            }
        }
    }
}
