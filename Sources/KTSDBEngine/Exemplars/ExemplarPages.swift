internal import KTSDBModel

/// Exemplars in the order in which they arrived, numbered from the first one on; the oldest can be removed.
///
/// They are in pages of 256 with the bytes of their labels, so that a single exemplar needs no object and no
/// allocation. Later changes do not affect a copy; the next change after copying costs one page and the list of pages.
struct ExemplarPages: Sendable {
    /// The number of exemplars in a page.
    static let pageCount = 256

    /// An exemplar without its labels.
    struct Entry: BitwiseCopyable, Sendable {
        var time: Int64
        var value: Double
        /// The series' number, and its slot when the exemplar arrived: the slot may belong to another series by now.
        var number: UInt64
        var slot: UInt32
        /// Where the labels end in the page.
        var labelsEnd: UInt32 = 0
        var ownsTime: Bool
        /// Whether its series had a later one when it arrived.
        var isLate = false
        /// How many exemplars ago the one arrived that was the newest of the slot's series then; 0 if it had none.
        var distance: UInt32 = 0
    }

    private struct Page: Sendable {
        var entries: [Entry] = []
        var labels: [UInt8] = []
    }

    private var pages: [Page] = []
    /// How many pages have been removed.
    private var firstPage = 0
    /// The numbers of the exemplars that are kept.
    private(set) var range = 0..<0

    var count: Int { range.count }
    var isEmpty: Bool { range.isEmpty }

    /// The number of bytes that the exemplars take.
    var byteCount: Int {
        pages.reduce(0) { $0 + $1.entries.capacity * MemoryLayout<Entry>.stride + $1.labels.capacity }
    }

    /// Returns an exemplar that is kept.
    subscript(position: Int) -> Entry {
        precondition(range.contains(position), "An exemplar is read while it is here.")
        let (page, place) = position.quotientAndRemainder(dividingBy: Self.pageCount)
        return pages[page - firstPage].entries[place]
    }

    /// Returns the string form of an exemplar's labels.
    func labels(at position: Int) -> ArraySlice<UInt8> {
        precondition(range.contains(position), "An exemplar is read while it is here.")
        let (number, place) = position.quotientAndRemainder(dividingBy: Self.pageCount)
        let entries = pages[number - firstPage].entries
        let start = place == 0 ? 0 : Int(entries[place - 1].labelsEnd)
        return pages[number - firstPage].labels[start..<Int(entries[place].labelsEnd)]
    }

    /// Appends an exemplar and returns its number.
    @discardableResult
    mutating func append(_ entry: Entry, labels: Span<UInt8>) -> Int {
        let position = range.upperBound
        if position % Self.pageCount == 0 { pages.append(Page()) }
        let page = pages.count - 1
        for index in 0..<labels.count { pages[page].labels.append(labels[index]) }
        var entry = entry
        entry.labelsEnd = UInt32(pages[page].labels.count)
        pages[page].entries.append(entry)
        range = range.lowerBound..<(position + 1)
        return position
    }

    /// Removes the oldest exemplar.
    mutating func removeFirst() {
        precondition(!isEmpty, "There is an exemplar to be taken away.")
        range = (range.lowerBound + 1)..<range.upperBound
        guard range.lowerBound % Self.pageCount == 0 else { return }
        pages.removeFirst()
        firstPage += 1
    }
}
