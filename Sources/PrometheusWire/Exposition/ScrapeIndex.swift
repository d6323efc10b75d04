internal import CLibrary
internal import KTSDBModel

/// The known lines of one target's scrape bodies: series and metadata lines, found by their bytes.
///
/// A known line costs one comparison of its bytes and the parsing of its value. The order of lines hardly changes, so
/// each entry holds its last successor, with which the next line is compared first. If they differ, the bytes are
/// looked up in an open-addressing hash table. Labels are created only for new series.
struct ScrapeIndex: ~Copyable {
    struct Entry: BitwiseCopyable {
        /// The offset in `text` of the bytes: of a series, from its name to its closing brace; of metadata, the line.
        var offset: Int
        var length: UInt32
        /// The last scrape whose body had it.
        var seen: UInt32
        /// The last scrape whose body gave it a timestamp.
        var stamped: UInt32 = 0
        /// The entry that followed it in the last body.
        var next = ScrapeIndex.none
        /// Of a series, its row; of metadata, the number of its family.
        var row: UInt32
        var isMetadata: Bool
        /// Of a series: whether its last stored sample was not followed by a staleness marker. Of metadata: whether the
        /// family has this line's content, and not that of a later line.
        var isCurrent: Bool
        /// The type that a `TYPE` line names.
        var type: MetricType?
        /// Of a series: whether it is not counted as added when it appears again.
        var isKnown = false
    }

    struct Family {
        var value: MetricFamily
        /// The entries of the lines with its type, help and unit.
        var sources = [ScrapeIndex.none, ScrapeIndex.none, ScrapeIndex.none]

        /// Resets the parts whose lines were evicted.
        mutating func forgetLostParts() {
            if sources[0] == ScrapeIndex.none { value.type = .unknown }
            if sources[1] == ScrapeIndex.none { value.help = "" }
            if sources[2] == ScrapeIndex.none { value.unit = "" }
        }
    }

    static var none: UInt32 { .max }
    /// Entries that more than this many scrapes in a row did not have may be evicted.
    private static var scrapesToKeep: UInt32 { 3 }

    private var entries = Column<Entry>()
    private var text = Column<UInt8>()
    /// The upper 32 bits of the hash and, below, the entry's number plus one; 0 is a free slot.
    private var slots = Column<UInt64>(repeating: 0, count: 64)
    /// Random, so that a target cannot send lines whose hashes collide.
    private let seed = UInt64.random(in: .min ... .max)

    private var families: [Family] = []
    private var familyNumbers: [String: Int] = [:]
    /// Counts changes of the families' content.
    private(set) var familiesVersion = 0
    /// Whether series get the labels `__type__` and `__unit__`.
    private let addsTypeAndUnit: Bool
    /// Whether it matters that a family's type or unit changes.
    private let watchesKinds: Bool
    /// The family of the last metadata line; `none` at the start of a body.
    private var family = ScrapeIndex.none
    /// How often a family's type or unit changed, if that matters.
    private(set) var changedKinds = 0

    private var parser = ExpositionParser(format: .text)
    private var position = 0
    private var hasEnded = false
    /// The number of the scrape; the first is 1.
    private var scrape: UInt32 = 0
    /// The entry of the previous line; `none` at the start of a body.
    private var previous = ScrapeIndex.none
    /// The first entry of the last body.
    private var first = ScrapeIndex.none
    private var pending: ExpositionSample?
    private(set) var seriesCount = 0
    private var deadCount = 0

    /// The type in the last `TYPE` line.
    var type: MetricType { parser.type }
    /// The metric of the last metadata line; nil before the first.
    var metric: String? { family == Self.none ? nil : families[Int(family)].value.name }
    /// The names of the empty labels of the series that ``advance(in:_:)`` returned last.
    var emptyLabelNames: [String] { parser.emptyLabelNames }
    /// Whether reading ended at a well-formed sample of a new series, because its labels are invalid or the caller
    /// refused it.
    var brokeOffAtSample: Bool { pending != nil }

    init(addsTypeAndUnit: Bool, watchesKinds: Bool) {
        self.addsTypeAndUnit = addsTypeAndUnit
        self.watchesKinds = watchesKinds
    }

    // MARK: A body

    mutating func begin(format: ExpositionFormat) {
        parser = ExpositionParser(format: format)
        (position, hasEnded, pending, previous, family) = (0, false, nil, Self.none, Self.none)
        scrape += 1
    }

    /// Reads up to the next new series and returns its labels; the caller must then call ``addPending(in:to:)``.
    /// Returns nil at the end of the body.
    mutating func advance(in page: Span<UInt8>, _ samples: inout ScrapedSamples) throws(ExpositionError) -> Labels? {
        guard page.count < Int(UInt32.max) else { throw ExpositionError(line: 1, message: "page is larger than 4 GiB") }
        while true {
            passExpectedLines(page, &samples)
            if position >= page.count && (hasEnded || parser.format == .text) {
                samples.finish()
                return nil
            }
            if try passKnownLine(page, &samples) { continue }
            if let labels = try readLine(page, &samples) { return labels }
        }
    }

    /// Reads lines as long as each is the expected one and has at most a plain value.
    private mutating func passExpectedLines(_ page: Span<UInt8>, _ samples: inout ScrapedSamples) {
        let acceptsEnd = parser.format == .text, scrape = scrape, end = page.count
        var position = position, previous = previous, family = family, type = parser.type
        var expected = previous == Self.none ? first : entries[Int(previous)].next
        // Moved out of `self` during the loop, for exclusive access.
        var entries = Column<Entry>()
        swap(&entries, &self.entries)
        defer { swap(&entries, &self.entries) }
        do {
            var lines = entries.mutableSpan
            let text = text.span
            while expected != Self.none {
                // SAFETY: `next` of an entry is `none` or below `entries.count`, and its bytes are within `text`. Bytes
                // of the page are read only below `end`. With checks, a line takes a fifth longer.
                let index = Int(expected), length = unsafe Int(lines[unchecked: index].length)
                guard length < end &- position,
                    unsafe text.isEqual(
                        uncheckedAt: lines[unchecked: index].offset, to: page, at: position, count: length)
                else { break }
                let rest = position &+ length
                if unsafe lines[unchecked: index].isMetadata {
                    guard unsafe page[unchecked: rest] == UInt8(ascii: "\n"), unsafe lines[unchecked: index].isCurrent
                    else { break }
                    if let found = unsafe lines[unchecked: index].type { type = found }
                    family = unsafe lines[unchecked: index].row
                    position = rest &+ 1
                } else {
                    guard unsafe page[unchecked: rest] == UInt8(ascii: " "),
                        let number = scanDouble(page, at: rest &+ 1),
                        unsafe number.end < end ? page[unchecked: number.end] == UInt8(ascii: "\n") : acceptsEnd
                    else { break }
                    unsafe samples.append(lines[unchecked: index].row, number.value)
                    position = number.end &+ 1
                }
                unsafe lines[unchecked: index].seen = scrape
                previous = expected
                expected = unsafe lines[unchecked: index].next
            }
        }
        self.position = min(position, page.count)
        self.previous = previous
        self.family = family
        parser.type = type
    }

    /// Reads one line if it is known; the parser reads what follows the series, unless that is a plain value.
    private mutating func passKnownLine(
        _ page: Span<UInt8>, _ samples: inout ScrapedSamples
    ) throws(ExpositionError) -> Bool {
        guard position < page.count else { return false }
        let isMetadata = page[position] == UInt8(ascii: "#")
        guard let end = isMetadata ? lineEnd(page) : likelySeriesEnd(page),
            let number = find(page.extracting(position..<end)), entries[Int(number)].isMetadata == isMetadata
        else { return false }
        if isMetadata {
            guard entries[Int(number)].isCurrent else { return false }
            if let type = entries[Int(number)].type { parser.type = type }
            family = entries[Int(number)].row
            position = min(end + 1, page.count)
        } else if let value = plainValue(page, after: end) {
            samples.append(entries[Int(number)].row, value.value)
            position = value.end + 1
        } else {
            guard let sample = try parser.rest(ofKnown: position..<end, in: page) else { return false }
            take(number, sample, page, &samples)
            position = min(parser.position, page.count)
        }
        follow(number)
        return true
    }

    /// Returns the value after a series, if one blank comes before it and the line ends after it.
    private func plainValue(_ page: Span<UInt8>, after end: Int) -> ScannedDouble? {
        guard end < page.count, page[end] == UInt8(ascii: " "), let value = scanDouble(page, at: end + 1),
            value.end < page.count, page[value.end] == UInt8(ascii: "\n")
        else { return nil }
        return value
    }

    private func lineEnd(_ page: Span<UInt8>) -> Int {
        page.rawBytes.offset(of: UInt8(ascii: "\n"), from: position) ?? page.count
    }

    /// Returns where the series of the line probably ends. A wrong guess does no harm: bytes that are in the index were
    /// parsed before, and the parser reads the same bytes the same way again.
    private func likelySeriesEnd(_ page: Span<UInt8>) -> Int? {
        let end = lineEnd(page)
        var blank = end - 1
        while blank > position && page[blank] != UInt8(ascii: " ") { blank -= 1 }
        if blank > position && page[blank - 1] == UInt8(ascii: "}") { return blank }
        for index in (position..<end).reversed() where page[index] == UInt8(ascii: "}") { return index + 1 }
        for index in position..<end where page[index] == UInt8(ascii: " ") || page[index] == UInt8(ascii: "\t") {
            return index > position ? index : nil
        }
        return nil
    }

    /// Lets the parser read the next event.
    private mutating func readLine(
        _ page: Span<UInt8>, _ samples: inout ScrapedSamples
    ) throws(ExpositionError) -> Labels? {
        parser.position = position
        let event = try parser.next(in: page)
        position = min(parser.position, page.count)
        switch event {
        case nil: hasEnded = true
        case .sample(let sample):
            guard let number = find(page.extracting(sample.series)) else {
                pending = sample
                return try parser.labels(in: page, adding: addsTypeAndUnit ? typeAndUnit : nil)
            }
            take(number, sample, page, &samples)
            follow(number)
        case .type(let metric, let type): learn(metric, 0, page, type: type) { $0.type = type }
        case .help(let metric, let text): learn(metric, 1, page, type: nil) { $0.help = text }
        case .unit(let metric, let unit): learn(metric, 2, page, type: nil) { $0.unit = unit }
        }
        return nil
    }

    /// Adds the series whose labels ``advance(in:_:)`` returned. Its row is the number of series before it.
    mutating func addPending(in page: Span<UInt8>, to samples: inout ScrapedSamples) {
        guard let sample = pending else { preconditionFailure("No series was handed out.") }
        pending = nil
        let number = add(page.extracting(sample.series), row: UInt32(seriesCount), isMetadata: false, type: nil)
        seriesCount += 1
        take(number, sample, page, &samples)
        follow(number)
    }

    private mutating func take(
        _ number: UInt32, _ sample: ExpositionSample, _ page: Span<UInt8>, _ samples: inout ScrapedSamples
    ) {
        samples.append(entries[Int(number)].row, sample)
        // An exemplar with invalid labels is dropped; its sample is kept.
        if sample.hasExemplar, let labels = try? parser.exemplarLabels(in: page) {
            let time = parser.exemplarTimestamp.map { Timestamp(milliseconds: $0) }
            samples.append(Exemplar(labels: labels, value: parser.exemplarValue, timestamp: time))
        }
        if sample.timestamp != nil { entries[Int(number)].stamped = scrape }
    }

    private mutating func follow(_ number: UInt32) {
        entries[Int(number)].seen = scrape
        if previous == Self.none { first = number } else { entries[Int(previous)].next = number }
        previous = number
    }

    // MARK: Series that are made of others

    /// Marks a series that is not a line of its own as part of the body. Returns its row; nil if it is new.
    mutating func pass(made key: Span<UInt8>, isTimed: Bool) -> UInt32? {
        guard let number = find(key) else { return nil }
        entries[Int(number)].seen = scrape
        if isTimed { entries[Int(number)].stamped = scrape }
        return entries[Int(number)].row
    }

    /// Adds such a series. No line may have the bytes of its key. Its row is the number of series before it.
    mutating func add(made key: Span<UInt8>, isTimed: Bool) -> UInt32 {
        let row = UInt32(seriesCount)
        let number = add(key, row: row, isMetadata: false, type: nil)
        seriesCount += 1
        if isTimed { entries[Int(number)].stamped = scrape }
        return row
    }

    // MARK: Metadata

    /// The type and unit of the current series: the type in the last `TYPE` line, whatever its metric, as in
    /// Prometheus; and the unit of the last metadata line's metric. Prometheus 3.14 takes the unit from the last `UNIT`
    /// line, so that later metrics without a unit get it, too.
    private var typeAndUnit: ExpositionParser.TypeAndUnit {
        var unit = ""
        if family != Self.none {
            let source = families[Int(family)].sources[2]
            if source != Self.none, entries[Int(source)].seen == scrape { unit = families[Int(family)].value.unit }
        }
        return ExpositionParser.TypeAndUnit(type: parser.type, unit: unit)
    }

    /// Stores the content of a metadata line, and the line.
    private mutating func learn(
        _ metric: String, _ part: Int, _ page: Span<UInt8>, type: MetricType?, change: (inout MetricFamily) -> Void
    ) {
        let family: Int
        if let known = familyNumbers[metric] {
            family = known
        } else {
            family = families.count
            families.append(Family(value: MetricFamily(name: metric)))
            familyNumbers[metric] = family
        }
        self.family = UInt32(family)
        let last = families[family].value
        change(&families[family].value)
        familiesVersion += 1
        if watchesKinds, families[family].sources[part] != Self.none,
            last.type != families[family].value.type || last.unit != families[family].value.unit
        {
            changedKinds += 1
        }
        let line = page.extracting(parser.line(in: page))
        let number = find(line) ?? add(line, row: UInt32(family), isMetadata: true, type: type)
        let before = families[family].sources[part]
        if before != Self.none { entries[Int(before)].isCurrent = false }
        families[family].sources[part] = number
        entries[Int(number)].isCurrent = true
        follow(number)
    }

    /// The metadata of the target's metrics, in the order of their first appearance.
    var metricFamilies: [MetricFamily] { families.map(\.value) }

    // MARK: After a body

    /// Ends a scrape. Appends to `stale` the rows of series that end with it: those that had samples stored and are not
    /// in this body; all of them if the body was not stored. Series with their own timestamps are not watched, unless
    /// `watchesTimed` is set.
    ///
    /// Appends to `added` the rows of series that were neither in the last stored body nor in one since then that was
    /// not stored.
    mutating func finish(
        isStored: Bool, watchesTimed: Bool, stale: inout Column<UInt32>, added: inout Column<UInt32>
    ) {
        deadCount = 0
        for index in 0..<entries.count {
            let entry = entries[index]
            if scrape &- entry.seen > Self.scrapesToKeep { deadCount += 1 }
            if entry.isMetadata { continue }
            let isOnPage = entry.seen == scrape
            let isHere = isStored && isOnPage && (watchesTimed || entry.stamped != scrape)
            if entry.isCurrent && !isHere { stale.append(entry.row) }
            if isOnPage && !entry.isKnown { added.append(entry.row) }
            entries[index].isCurrent = isHere
            if isOnPage || isStored { entries[index].isKnown = isOnPage }
        }
    }

    /// Appends the rows of the watched series that had samples stored by the last scrape.
    func current(into rows: inout Column<UInt32>) {
        for index in 0..<entries.count where !entries[index].isMetadata && entries[index].isCurrent {
            rows.append(entries[index].row)
        }
    }

    /// Evicts entries that were in none of the last few bodies, once there are more than 16 plus an eighth of all
    /// entries. Returns the old rows of the series that stay, in their new order; nil if nothing was evicted.
    mutating func evict() -> [Int]? {
        guard deadCount > 16 + entries.count / 8 else { return nil }
        var old = Column<Entry>(), oldText = Column<UInt8>()
        swap(&old, &entries)
        swap(&oldText, &text)
        let oldFamilies = families
        families.removeAll()
        familyNumbers.removeAll()
        slots = Column(repeating: 0, count: 64)
        deadCount = 0
        var keptRows: [Int] = []
        var newNumbers = [UInt32](repeating: Self.none, count: old.count)
        for index in 0..<old.count where scrape &- old[index].seen <= Self.scrapesToKeep {
            let entry = old[index]
            let row: Int
            if !entry.isMetadata {
                row = keptRows.count
                keptRows.append(Int(entry.row))
            } else if let known = familyNumbers[oldFamilies[Int(entry.row)].value.name] {
                row = known
            } else {
                row = families.count
                families.append(Family(value: oldFamilies[Int(entry.row)].value))
                familyNumbers[families[row].value.name] = row
            }
            let bytes = oldText.span.extracting(entry.offset..<(entry.offset + Int(entry.length)))
            let number = add(bytes, row: UInt32(row), isMetadata: entry.isMetadata, type: entry.type)
            entries[Int(number)].seen = entry.seen
            entries[Int(number)].stamped = entry.stamped
            entries[Int(number)].isCurrent = entry.isCurrent
            entries[Int(number)].isKnown = entry.isKnown
            entries[Int(number)].next = entry.next
            newNumbers[index] = number
            if entry.isMetadata {
                for part in 0..<3 where oldFamilies[Int(entry.row)].sources[part] == UInt32(index) {
                    families[row].sources[part] = number
                }
            }
        }
        for index in 0..<entries.count where entries[index].next != Self.none {
            entries[index].next = newNumbers[Int(entries[index].next)]
        }
        if first != Self.none { first = newNumbers[Int(first)] }
        for index in families.indices { families[index].forgetLostParts() }
        familiesVersion += 1
        seriesCount = keptRows.count
        return keptRows
    }

    // MARK: Table

    private func hash(_ bytes: Span<UInt8>) -> UInt64 { XXHash64.hash(bytes.rawBytes, seed: seed) }

    private func find(_ bytes: Span<UInt8>) -> UInt32? {
        let hash = hash(bytes)
        let mask = slots.count - 1
        var index = Int(truncatingIfNeeded: hash) & mask
        while true {
            let slot = slots[index]
            if slot == 0 { return nil }
            let number = UInt32(truncatingIfNeeded: slot) &- 1
            if slot >> 32 == hash >> 32 && equals(entries[Int(number)], bytes) { return number }
            index = (index + 1) & mask
        }
    }

    private func equals(_ entry: Entry, _ bytes: Span<UInt8>) -> Bool {
        Int(entry.length) == bytes.count && text.span.isEqual(at: entry.offset, to: bytes, at: 0, count: bytes.count)
    }

    private mutating func add(_ bytes: Span<UInt8>, row: UInt32, isMetadata: Bool, type: MetricType?) -> UInt32 {
        if entries.count * 2 >= slots.count { growTable() }
        let number = UInt32(entries.count)
        entries.append(
            Entry(
                offset: text.count, length: UInt32(bytes.count), seen: scrape, row: row, isMetadata: isMetadata,
                isCurrent: false, type: type))
        text.append(bytes)
        put(number, hash(bytes))
        return number
    }

    private mutating func put(_ number: UInt32, _ hash: UInt64) {
        let mask = slots.count - 1
        var index = Int(truncatingIfNeeded: hash) & mask
        while slots[index] != 0 { index = (index + 1) & mask }
        slots[index] = (hash >> 32) << 32 | UInt64(number + 1)
    }

    private mutating func growTable() {
        slots = Column(repeating: 0, count: slots.count * 2)
        for number in 0..<entries.count {
            let entry = entries[number]
            put(UInt32(number), hash(text.span.extracting(entry.offset..<(entry.offset + Int(entry.length)))))
        }
    }

    /// Traps if an invariant does not hold; for tests.
    func checkInvariants() {
        var rows = Set<UInt32>()
        for number in 0..<entries.count {
            let entry = entries[number]
            let bytes = text.span.extracting(entry.offset..<(entry.offset + Int(entry.length)))
            precondition(find(bytes) == UInt32(number), "Each entry is found by its bytes.")
            precondition(entry.next == Self.none || Int(entry.next) < entries.count, "Entries name others that exist.")
            if entry.isMetadata {
                precondition(Int(entry.row) < families.count, "Each metadata line has a family.")
            } else {
                precondition(rows.insert(entry.row).inserted, "Each series has a row of its own.")
            }
        }
        precondition(rows.count == seriesCount && rows.allSatisfy { $0 < seriesCount }, "Rows are numbered through.")
    }
}
