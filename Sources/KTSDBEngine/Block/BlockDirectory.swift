internal import KTSDBModel

/// The labels and column entries of a block that is being written, and the sections made of them.
///
/// Memory: 12 bytes a series, its labels as numbers, its entries, and each distinct label value once. Writing the
/// sections takes 6 bytes a series more and the lists of some names: 12 MiB of them, or those of one name.
struct BlockDirectory: ~Copyable {
    private var labels = LabelStore()
    private var fingerprints = Column<UInt64>()
    private var records = SeriesRecords()
    private var scratch = FieldBuffer()
    private let listLimit: Int

    /// - Parameter listLimit: How many series numbers (4 bytes each) are in memory at once while postings are made.
    init(listLimit: Int) { self.listLimit = listLimit }

    mutating func append(_ labels: Labels, fingerprint: UInt64, entryCount: Int, entries: borrowing FieldBuffer) {
        scratch.removeAll()
        self.labels.append(labels, to: &scratch)
        records.append(scratch, entryCount: entryCount, entries: entries)
        fingerprints.append(fingerprint)
    }

    /// The bytes of memory it takes, about.
    var byteCount: Int { records.byteCount + fingerprints.count * 8 + labels.byteCount }

    /// The bytes of memory that ``write(to:)`` takes in addition, about: the order, and the lists of some names.
    var indexByteCount: Int { fingerprints.count * 6 + min(listLimit, fingerprints.count * labels.names.count) * 4 }

    /// Writes the sections from the fingerprints to the term runs. Returns the series in the order of the block.
    func write(to index: inout IndexWriter) throws(FileError) -> [UInt32] {
        let order = canonicalOrder()
        try writeFingerprints(order, to: &index)
        let terms = TermOrder(labels)
        let groups = try writeSeries(order, terms, to: &index)
        try index.write(.seriesGroups) { buffer in for offset in groups { buffer.append(littleEndian: offset) } }
        try index.write(.names) { terms.appendNames(labels, to: &$0) }
        try index.write(.shapes) { terms.appendShapes(labels, to: &$0) }
        var lists = EncodedTerms()
        index.begin(.postings)
        try terms.encode(labels, records, order, listLimit: listLimit, to: &lists, &index)
        try index.end()
        try index.write(.terms) { $0.append(lists.terms.bytes) }
        try index.write(.termRuns) { buffer in for offset in lists.runs { buffer.append(littleEndian: offset) } }
        return order
    }

    /// Returns the number in the block of the series with this fingerprint and this ``JoinKeys`` key, or nil if it is
    /// not in the block. `order` is what ``write(to:)`` returned.
    func number(of fingerprint: UInt64, key: UInt64, in order: [UInt32]) -> UInt32? {
        var low = (0..<order.count).partitionPoint { self.fingerprint(order[$0]) < fingerprint }
        while low < order.count, self.fingerprint(order[low]) == fingerprint {
            let isAlone = low + 1 == order.count || self.fingerprint(order[low + 1]) != fingerprint
            let form = records.stringForm(of: order[low], labels)
            if isAlone || JoinKeys.key(of: Labels(uncheckedStringForm: form)) == key { return UInt32(low) }
            low += 1
        }
        return nil
    }

    private func fingerprint(_ series: UInt32) -> UInt64 { fingerprints[Int(series)] }

    /// Whether a series has this metric name, or this name with an ending such as `_bucket`.
    func hasFamily(_ name: String) -> Bool {
        let nameLabel = Array("__name__".utf8)
        guard let number = labels.names.find(nameLabel.span) else { return false }
        let values = labels.values[Int(number)]
        return MetadataTable.isAlive(name) { values.find(Array($0.utf8).span) != nil }
    }

    /// Returns the series by fingerprint. Label bytes break ties.
    private func canonicalOrder() -> [UInt32] {
        var order = Array(0..<UInt32(fingerprints.count))
        order.sort { left, right in
            let (a, b) = (fingerprint(left), fingerprint(right))
            if a != b { return a < b }
            if left == right { return false }
            let (first, second) = (records.stringForm(of: left, labels), records.stringForm(of: right, labels))
            precondition(first != second, "A series is added to a block once.")
            return first.lexicographicallyPrecedes(second)
        }
        return order
    }

    private func writeFingerprints(_ order: [UInt32], to index: inout IndexWriter) throws(FileError) {
        var buffer = FieldBuffer()
        index.begin(.fingerprints)
        for series in order {
            buffer.append(littleEndian: fingerprint(series))
            try index.moveIfLong(&buffer)
        }
        try index.move(&buffer)
        try index.end()
    }

    /// Writes the records in groups. Returns the offset of each group in the section.
    private func writeSeries(
        _ order: [UInt32], _ terms: borrowing TermOrder, to index: inout IndexWriter
    ) throws(FileError) -> [UInt64] {
        var buffer = FieldBuffer(), group = FieldBuffer()
        var groups: [UInt64] = []
        var first = 0
        index.begin(.series)
        while first < order.count {
            let end = min(first + BlockFormat.groupCount, order.count)
            groups.append(index.sectionByteCount + UInt64(buffer.count))
            group.removeAll()
            for position in first..<end {
                records.prefetch(order, after: position)
                let start = group.count
                appendRecord(order[position], terms, to: &group)
                buffer.append(varint: UInt64(group.count - start))
            }
            buffer.append(group.bytes)
            try index.moveIfLong(&buffer)
            first = end
        }
        try index.move(&buffer)
        try index.end()
        return groups
    }

    private func appendRecord(_ series: UInt32, _ terms: borrowing TermOrder, to buffer: inout FieldBuffer) {
        records.appendEntries(of: series, labels, to: &buffer)
        buffer.append(varint: UInt64(records.shape(of: series)))
        terms.appendValues(of: series, records, labels, to: &buffer)
    }
}
