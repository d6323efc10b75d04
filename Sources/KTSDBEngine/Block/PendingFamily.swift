internal import KTSDBModel

/// A series that is a bucket of a classic histogram: its name ends in `_bucket`, and its `le` is a number.
struct BucketName {
    /// The string form of the labels without `le`.
    let family: [UInt8]
    /// The upper bound, from `le`.
    let bound: Double

    init?(_ labels: Labels) {
        guard let range = labels.valueRange(of: "le"), let name = labels.valueRange(of: "__name__") else { return nil }
        let form = labels.stringForm
        guard form[name].suffix(7).elementsEqual("_bucket".utf8),
            let bound = Double(String(decoding: form[range], as: UTF8.self)), !bound.isNaN
        else { return nil }
        self.bound = bound
        // "le", its length (1 byte), and the length of the value (1 byte, or 4 for a long one).
        let start = range.lowerBound - (range.count < 255 ? 1 : 4) - 3
        family = Array(form[..<start] + form[range.upperBound...])
    }
}

/// The buckets of one histogram that were added one after another. They wait until another series comes.
struct PendingFamily: ~Copyable {
    /// A bucket that waits to be stored.
    final class Member {
        let bound: Double
        let labels: Labels
        let fingerprint: UInt64
        let place: TimePlace
        /// Where its values are in ``PendingFamily/values``.
        let rows: Range<Int>
        fileprivate(set) var entries = FieldBuffer()
        fileprivate(set) var entryCount = 0

        init(_ bound: Double, _ labels: Labels, _ fingerprint: UInt64, _ place: TimePlace, _ rows: Range<Int>) {
            self.bound = bound
            self.labels = labels
            self.fingerprint = fingerprint
            self.place = place
            self.rows = rows
        }
    }

    /// A bucket with more rows is stored like any other series.
    static let rowLimit = 1 << 18
    /// When this many values wait, they are stored before another bucket is added: 16 MiB.
    private static let valueLimit = 1 << 21

    private(set) var name: [UInt8] = []
    fileprivate(set) var members: [Member] = []
    fileprivate var values = Column<Double>()

    /// The bytes of the waiting values.
    var byteCount: Int { values.count * 8 }

    /// Whether the waiting buckets should be stored before another is added.
    var isFull: Bool { values.count >= Self.valueLimit }

    mutating func append(
        _ bucket: BucketName, _ labels: Labels, _ fingerprint: UInt64, _ place: TimePlace, _ values: Span<Double>
    ) {
        name = bucket.family
        let start = self.values.count
        self.values.append(values)
        members.append(Member(bucket.bound, labels, fingerprint, place, start..<self.values.count))
    }

    mutating func removeAll() {
        name = []
        members.removeAll(keepingCapacity: true)
        values.removeAll()
    }
}

extension BlockWriter {
    /// Stores the waiting buckets, so that none is left.
    mutating func finishFamily() throws(FileError) {
        guard !family.members.isEmpty else { return }
        var pending = PendingFamily()
        swap(&pending, &family)
        var rest = pending.members.sorted { $0.bound < $1.bound }
        while let first = rest.first {
            // Members with different times are stored apart.
            let group = rest.filter { $0.place == first.place && $0.rows.count == first.rows.count }
            rest.removeAll { $0.place == first.place && $0.rows.count == first.rows.count }
            var row = 0
            while row < first.rows.count {
                let rows = first.place.rows(from: row, through: first.rows.count)
                let places = try encode(group, row..<(row + rows.count), pending.values)
                for (member, values) in zip(group, places) {
                    entry(member.place, row, rows, values).write(to: &member.entries)
                    member.entryCount += 1
                }
                row += rows.count
            }
        }
        for member in pending.members { addToDirectory(member) }
        pending.removeAll()
        swap(&pending, &family)
    }

    /// Stores the rows `piece` of each member, ascending by bound: as differences where they are exact and smaller.
    private mutating func encode(
        _ group: [PendingFamily.Member], _ piece: Range<Int>, _ all: borrowing Column<Double>
    ) throws(FileError) -> [ColumnEntry.Values] {
        var places = [ColumnEntry.Values](repeating: .constant(0), count: group.count)
        chain.removeAll()
        for (number, member) in group.enumerated() {
            let rows = (member.rows.lowerBound + piece.lowerBound)..<(member.rows.lowerBound + piece.upperBound)
            let values = all.span.extracting(rows)
            if ValueColumn.isConstant(values) {
                places[number] = .constant(values[0].bitPattern)
            } else if !chain.append(number, rows, all, &encoder) {
                try storeChain(all, &places)
                chain.begin(number, rows)
            }
        }
        try storeChain(all, &places)
        return places
    }

    /// Stores the chain, sets the places of its members, and empties it.
    private mutating func storeChain(
        _ all: borrowing Column<Double>, _ places: inout [ColumnEntry.Values]
    ) throws(FileError) {
        guard let first = chain.links.first else { return }
        if chain.index == 0 {
            let values = try encode(all.span.extracting(first.rows))
            for link in chain.links { places[link.member] = values }
        } else {
            let position = try storeChain(rows: first.rows.count)
            for link in chain.links {
                places[link.member] = link.index == 0 ? .adaptive(position) : .bucket(position, index: link.index)
            }
        }
        chain.removeAll()
    }
}

/// Buckets that are stored one after the other, each as its difference to the one before it.
struct BucketChain: ~Copyable {
    struct Link {
        /// Which bucket it is, and where its values are.
        var member: Int
        var rows: Range<Int>
        /// Which column of the family it is. Equal buckets share one.
        var index: Int
    }

    /// A longer family is begun anew, because reading a bucket reads all smaller ones.
    private static let byteLimit = BlockFormat.pageLimit / 2

    private(set) var links: [Link] = []
    /// The index of the last column.
    private(set) var index = 0
    private(set) var bytes = FieldBuffer()
    private var differences = Column<Double>()

    mutating func removeAll() {
        links.removeAll(keepingCapacity: true)
        index = 0
        bytes.removeAll()
    }

    /// Begins an empty chain. Nothing is encoded until there is a second bucket.
    mutating func begin(_ member: Int, _ rows: Range<Int>) {
        links.append(Link(member: member, rows: rows, index: 0))
    }

    /// Appends the next larger bucket, if there is one before it and their difference is exact and smaller. Returns
    /// whether it did.
    mutating func append(
        _ member: Int, _ rows: Range<Int>, _ all: borrowing Column<Double>, _ encoder: inout ColumnEncoder
    ) -> Bool {
        guard let last = links.last else { return false }
        let smaller = all.span.extracting(last.rows), values = all.span.extracting(rows)
        if Self.isEqual(smaller, values) {
            links.append(Link(member: member, rows: rows, index: index))
            return true
        }
        guard index < BucketFamily.maximumIndex, BucketFamily.subtract(smaller, from: values, to: &differences) else {
            return false
        }
        if index == 0 {
            encoder.encode(all.span.extracting(links[0].rows))
            bytes.removeAll()
            bytes.append(encoder.bytes)
        }
        encoder.encode(differences.span)
        guard bytes.count + encoder.bytes.byteCount <= Self.byteLimit else { return false }
        bytes.append(encoder.bytes)
        index += 1
        links.append(Link(member: member, rows: rows, index: index))
        return true
    }

    private static func isEqual(_ left: Span<Double>, _ right: Span<Double>) -> Bool {
        for row in 0..<left.count where left[row].bitPattern != right[row].bitPattern { return false }
        return true
    }
}
