internal import KTSDBModel

/// The distinct label names and values of the series in memory: bytes ↔ 32-bit ids.
///
/// The bytes are in one arena. A symbol lives as long as something refers to it; the bytes of dead ones are reclaimed
/// when they are more than half of the arena and more than 64 KiB. Not thread-safe: guarded by the lock of
/// `Head.series`.
struct HeadSymbols: ~Copyable {
    private var arena = ByteArena(capacity: 1 << 12)
    private(set) var deadByteCount = 0
    /// Offset in the arena << 24 | length, by id.
    private(set) var places = Column<UInt64>()
    /// The number of series and shapes that use the symbol, by id; 0 for a free id.
    private(set) var references = Column<UInt32>()
    private var freeIDs: [UInt32] = []
    private var table = HashSlots()
    /// Ids of added symbols.
    var journal = ChangeJournal()

    /// Bytes of all symbols, including dead ones.
    var arenaCount: Int { arena.count }

    /// Bytes of memory held.
    var memoryByteCount: Int { arena.capacity + places.count * 12 + table.memoryByteCount }

    /// Symbols in use.
    var count: Int { table.count }

    /// Returns the bytes of a symbol, valid until the next symbol is added or released.
    @inline(__always)
    @_lifetime(borrow self)
    func bytes(of id: UInt32) -> Span<UInt8> {
        let place = places[Int(id)], start = Int(place >> 24)
        return arena.span.extracting(start..<(start &+ Int(place & 0xff_ffff)))
    }

    /// All symbols, for comparisons. A small value, which is passed without the table.
    var contents: SymbolContents {
        @_lifetime(borrow self)
        borrowing get { SymbolContents(places: places.span, bytes: arena.span) }
    }

    /// The length of a symbol in bytes.
    @inline(__always)
    func byteCount(of id: UInt32) -> Int { Int(places[Int(id)] & 0xff_ffff) }

    /// Hints that the bytes of a symbol will be read soon.
    @inline(__always)
    func prefetch(_ id: UInt32) { arena.bytes.prefetch(Int(places[Int(id)] >> 24)) }

    /// Returns the id of a symbol; nil if it does not exist.
    func find(_ bytes: Span<UInt8>) -> UInt32? {
        table.find(XXHash64.hash(bytes.rawBytes)) { id in isEqual(id, bytes) }
    }

    /// Returns the id of a symbol, and adds it if it is new. The caller must `retain` it next.
    mutating func intern(_ bytes: Span<UInt8>) -> UInt32 {
        let hash = XXHash64.hash(bytes.rawBytes)
        if let id = table.find(hash, where: { id in isEqual(id, bytes) }) { return id }
        let place = UInt64(arena.count) << 24 | UInt64(bytes.count)
        arena.append(bytes.rawBytes)
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

    /// Counts one user fewer; the last one frees the symbol and its id.
    mutating func release(_ id: UInt32) {
        references[Int(id)] -= 1
        guard references[Int(id)] == 0 else { return }
        table.remove(XXHash64.hash(bytes(of: id).rawBytes), id)
        deadByteCount += byteCount(of: id)
        places[Int(id)] = 0
        freeIDs.append(id)
        if deadByteCount > 1 << 16, deadByteCount * 2 > arena.count { compact() }
    }

    @inline(__always)
    func isEqual(_ id: UInt32, _ other: Span<UInt8>) -> Bool { bytes(of: id).isEqual(to: other) }

    /// Copies the live symbols into a new arena. Ids do not change.
    private mutating func compact() {
        var old = ByteArena(capacity: max(1 << 12, (arena.count - deadByteCount) * 5 / 4))
        swap(&old, &arena)
        deadByteCount = 0
        for id in 0..<places.count where references[id] > 0 {
            let start = Int(places[id] >> 24), count = Int(places[id] & 0xff_ffff)
            places[id] = UInt64(arena.count) << 24 | UInt64(count)
            arena.append(old.bytes.extracting(start..<(start + count)))
        }
    }
}

// MARK: Loading in bulk

extension HeadSymbols {
    /// All ids that were ever used are below this.
    var idLimit: Int { places.count }

    /// Whether something refers to the symbol.
    func isLive(_ id: UInt32) -> Bool { references[Int(id)] > 0 }

    /// Bytes of the symbols that something refers to.
    var liveByteCount: Int { arenaCount - deadByteCount }

    /// Creates an empty table with room for `byteCount` bytes and ids below `limit`; `load` and `finishLoading` follow.
    init(loadingBytes byteCount: Int, idLimit limit: Int) {
        self.init()
        arena.reserve(byteCount)
        _ = places.extend(by: limit)
        _ = references.extend(by: limit)
    }

    /// Adds symbols whose bytes are end to end. A later one with the same id replaces an earlier one. Returns false if
    /// an id is not below the limit, a length is 0 or more than 16,777,215, or the lengths do not add up to the bytes.
    mutating func load(ids: Span<UInt32>, lengths: Span<UInt32>, bytes: RawSpan) -> Bool {
        var offset = arena.count
        arena.append(bytes)
        for index in 0..<ids.count {
            let id = Int(ids[index]), length = Int(lengths[index])
            guard id < places.count, length > 0, length <= 0xff_ffff, length <= arena.count - offset else {
                return false
            }
            deadByteCount += Int(places[id] & 0xff_ffff)
            places[id] = UInt64(offset) << 24 | UInt64(length)
            offset += length
        }
        return offset == arena.count
    }

    /// Whether the id has bytes.
    @inline(__always)
    func isLoaded(_ id: UInt32) -> Bool { Int(id) < places.count && places[Int(id)] != 0 }

    /// Makes the loaded symbols that were retained ready for use, and frees the others.
    mutating func finishLoading() {
        var used = 0
        for id in 0..<references.count where references[id] > 0 { used += 1 }
        table = HashSlots(capacity: used)
        for id in (0..<places.count).reversed() {
            if references[id] > 0 {
                table.insert(XXHash64.hash(bytes(of: UInt32(id)).rawBytes), UInt32(id))
            } else {
                deadByteCount += Int(places[id] & 0xff_ffff)
                places[id] = 0
                freeIDs.append(UInt32(id))
            }
        }
    }
}
