internal import KTSDBModel

/// Labels and column entries of the series of a block that is being written, and the sections made of them.
struct BlockDirectory: ~Copyable {
    private var labels = LabelStore()
    private var fingerprints: [UInt64] = []
    /// For each series: how many entries, then the entries.
    private var entries = FieldBuffer()
    /// Where each series starts in `entries`.
    private var entryStarts: [Int] = []

    mutating func append(_ labels: Labels, fingerprint: UInt64, entryCount: Int, entries bytes: borrowing FieldBuffer) {
        self.labels.append(labels)
        fingerprints.append(fingerprint)
        entryStarts.append(entries.count)
        entries.append(varint: UInt64(entryCount))
        entries.append(bytes.bytes)
    }

    /// About how many bytes it takes, the texts of labels left out.
    var byteCount: Int { entries.count + labels.words.count * 4 + fingerprints.count * 24 }

    /// Writes the sections from the fingerprints to the term runs. Returns the series in their order in the block.
    func write(to index: inout IndexWriter) throws(FileError) -> [Int] {
        let order = canonicalOrder()
        try index.write(.fingerprints) { buffer in
            for series in order { buffer.append(littleEndian: fingerprints[series]) }
        }
        let terms = TermOrder(labels, order)
        var groups: [UInt64] = []
        try index.write(.series) { buffer in appendSeries(order, terms, to: &buffer, &groups) }
        try index.write(.seriesGroups) { buffer in for offset in groups { buffer.append(littleEndian: offset) } }
        try index.write(.names) { terms.appendNames(labels, to: &$0) }
        try index.write(.shapes) { terms.appendShapes(labels, to: &$0) }
        var lists = EncodedTerms()
        terms.encode(labels, order, to: &lists)
        try index.write(.postings) { $0.append(lists.postings.bytes) }
        try index.write(.terms) { $0.append(lists.terms.bytes) }
        try index.write(.termRuns) { buffer in for offset in lists.runs { buffer.append(littleEndian: offset) } }
        return order
    }

    /// The number in the block of the series with this fingerprint and this ``JoinKeys`` key, given the series in their order.
    func number(of fingerprint: UInt64, key: UInt64, in order: [Int]) -> UInt32? {
        var low = 0, high = order.count
        while low < high {
            let middle = (low + high) / 2
            if fingerprints[order[middle]] < fingerprint { low = middle + 1 } else { high = middle }
        }
        while low < order.count, fingerprints[order[low]] == fingerprint {
            let isAlone = low + 1 == order.count || fingerprints[order[low + 1]] != fingerprint
            let form = labels.stringForm(of: order[low])
            if isAlone || JoinKeys.key(of: Labels(uncheckedStringForm: form)) == key { return UInt32(low) }
            low += 1
        }
        return nil
    }

    /// Whether a series has this metric name, or one of its family.
    func hasFamily(_ name: String) -> Bool {
        let nameLabel = Array("__name__".utf8)
        guard let number = labels.names.find(nameLabel.span) else { return false }
        let values = labels.values[Int(number)]
        return MetadataTable.isAlive(name) { values.find(Array($0.utf8).span) != nil }
    }

    /// The series by fingerprint; the label bytes decide where it is the same.
    private func canonicalOrder() -> [Int] {
        var order = Array(0..<fingerprints.count)
        order.sort { left, right in
            if fingerprints[left] != fingerprints[right] { return fingerprints[left] < fingerprints[right] }
            if left == right { return false }
            let (a, b) = (labels.stringForm(of: left), labels.stringForm(of: right))
            precondition(a != b, "A series is added to a block once.")
            return a.lexicographicallyPrecedes(b)
        }
        return order
    }

    private func appendSeries(
        _ order: [Int], _ terms: borrowing TermOrder, to buffer: inout FieldBuffer, _ groups: inout [UInt64]
    ) {
        var records = FieldBuffer()
        var first = 0
        while first < order.count {
            let end = min(first + BlockFormat.groupCount, order.count)
            groups.append(UInt64(buffer.count))
            records.removeAll()
            for position in first..<end {
                let start = records.count
                appendRecord(order[position], terms, to: &records)
                buffer.append(varint: UInt64(records.count - start))
            }
            buffer.append(records.bytes)
            first = end
        }
    }

    private func appendRecord(_ series: Int, _ terms: borrowing TermOrder, to buffer: inout FieldBuffer) {
        let end = series + 1 < entryStarts.count ? entryStarts[series + 1] : entries.count
        buffer.append(entries.bytes.extracting(entryStarts[series]..<end))
        buffer.append(varint: UInt64(terms.shapeNumber(of: series, labels)))
        terms.appendValues(of: series, labels, to: &buffer)
    }
}
