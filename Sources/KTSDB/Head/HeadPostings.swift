internal import KTSDBModel

/// The head's index as the matcher planner sees it; used under the lock of `Head.series` only.
///
/// `@unchecked Sendable`: whoever has it holds the lock.
@unsafe
struct HeadPostings: PostingsSource, @unchecked Sendable {
    typealias Failure = Never
    typealias Term = UInt32

    private let table: UnsafePointer<SeriesTable>

    /// - Parameter table: outlives this value, and nothing changes it meanwhile.
    init(_ table: UnsafePointer<SeriesTable>) { unsafe self.table = table }

    var seriesBound: Int { unsafe table.pointee.slotLimit }
    var lookupCost: Int { 50 }

    func appendAllSeries(to series: inout [UInt32]) {
        unsafe table.pointee.forEachLiveSlot { series.append($0) }
    }

    func names() -> [[UInt8]] {
        unsafe table.pointee.postings.valuesByName.keys.map { unsafe Array(table.pointee.symbols.bytes(of: $0)) }
            .sorted { $0.lexicographicallyPrecedes($1) }
    }

    func valueCount(of name: [UInt8]) -> Int { unsafe table.pointee.valueCount(of: name) }

    func term(_ name: [UInt8], _ value: [UInt8]) -> UInt32? { unsafe table.pointee.term(name, value) }

    func terms(of name: [UInt8], accepting condition: ValueCondition) -> [UInt32] {
        guard let terms = unsafe table.pointee.terms(of: name) else { return [] }
        return terms.filter { term in
            // SAFETY: nothing changes the table meanwhile.
            unsafe condition.accepts(Span(_unsafeElements: bytes(ofTerm: term)))
        }
    }

    func values(of name: [UInt8], in series: SeriesBitmap?, limit: Int) -> [[UInt8]] {
        guard let terms = unsafe table.pointee.terms(of: name) else { return [] }
        var values: [[UInt8]] = []
        for term in terms {
            if let series, unsafe !table.pointee.postings.slots(ofTerm: term).contains(where: series.contains) {
                continue
            }
            unsafe values.append(Array(bytes(ofTerm: term)))
        }
        values.sort { $0.lexicographicallyPrecedes($1) }
        return Array(values.prefix(limit))
    }

    @unsafe
    private func bytes(ofTerm term: UInt32) -> UnsafeBufferPointer<UInt8> {
        unsafe table.pointee.symbols.bytes(of: table.pointee.postings.value(ofTerm: term))
    }

    func seriesCount(of term: UInt32) -> Int { unsafe table.pointee.postings.slotCount(ofTerm: term) }

    func appendSeries(of term: UInt32, to series: inout [UInt32]) {
        unsafe series += table.pointee.postings.slots(ofTerm: term)
    }

    func matches(_ matcher: LabelMatcher, series: UInt32) -> Bool {
        guard let value = unsafe table.pointee.value(of: Array(matcher.name.utf8), slot: series) else {
            return matcher.matchesEmpty
        }
        return unsafe matcher.matches(Span(_unsafeElements: table.pointee.symbols.bytes(of: value)))
    }

    func value(of name: [UInt8], series: UInt32) -> [UInt8]? {
        unsafe table.pointee.value(of: name, slot: series).map { unsafe Array(table.pointee.symbols.bytes(of: $0)) }
    }

    func names(of series: [UInt32]) -> [[UInt8]] {
        var ids: Set<UInt32> = []
        var shapes: Set<UInt32> = []
        for slot in series where unsafe shapes.insert(table.pointee.shape(of: slot)).inserted {
            unsafe ids.formUnion(table.pointee.names(of: slot))
        }
        return ids.map { unsafe Array(table.pointee.symbols.bytes(of: $0)) }
            .sorted { $0.lexicographicallyPrecedes($1) }
    }
}
