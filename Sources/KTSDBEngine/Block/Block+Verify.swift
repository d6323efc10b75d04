package import KTSDBModel

extension Block {
    /// Reads everything, compares all checksums and checks that the parts of the block agree.
    package func verify() throws(ReadError) {
        // What is hidden is stored, and may be shown again.
        guard mask == nil else { return try masked(by: nil).verify() }
        try verifyHeader()
        try verifySections()
        try verifyPages()
        try verifyTerms(try verifySeries())
        try verifySideData()
        _ = try origin()
    }

    /// Reads everything and compares it with its checksums. Decodes nothing.
    func verifyChecksums() throws(ReadError) {
        try verifyHeader()
        try verifySections()
        try verifyPages()
    }

    /// Compares the header with the footer.
    func verifyHeader() throws(ReadError) {
        let header = try file.read(at: 0, count: BlockFormat.headerByteCount)
        let expected = BlockHeader(
            number: summary.number, lastSequence: summary.lastSequence, level: summary.levelAndFlag)
        guard BlockHeader(header.bytes) == expected
        else {
            throw file.damaged(
                "the header is not that of the block",
                DamagedPart(.header, offset: 0, byteCount: UInt64(BlockFormat.headerByteCount)))
        }
    }

    private func verifyPages() throws(ReadError) {
        for number in 0..<section(.pages).byteCount / BlockFormat.pageRecordByteCount {
            let record = try pageRecord(number)
            _ = try readPage(number, record, at: record.offset)
            if let copy = try copyOffset(of: number) { _ = try readPage(number, record, at: copy) }
        }
    }

    /// Decodes and checks all series. Returns a sum of their labels for each name.
    private func verifySeries() throws(ReadError) -> [LabelSum] {
        let table = try labels()
        var sums = [LabelSum](repeating: LabelSum(), count: table.names.count)
        let directory = section(.series)
        var columns = SampleColumns()
        var sampleCount: UInt64 = 0
        var minTime = Int64.max, maxTime = Int64.min
        var last: (fingerprint: UInt64, form: [UInt8])?
        for series in 0..<UInt32(seriesCount) {
            let fingerprint = try fingerprint(of: series), form = try labels(of: series).stringForm
            if let last,
                last.fingerprint > fingerprint
                    || last.fingerprint == fingerprint && !last.form.lexicographicallyPrecedes(form)
            {
                throw directory.damaged("series \(series) is not after the one before it")
            }
            guard !form.isEmpty, Labels.isWellFormed(stringForm: form.span) else {
                throw directory.damaged("the labels of series \(series) are not well-formed")
            }
            last = (fingerprint, form)
            try forEachLabel(of: series, table) { name, value in sums[name].add(series, value) }
            columns.removeAll()
            try decode(series, in: .min ... .max, into: &columns)
            let times = columns.times.span
            guard times.count > 0 else { throw directory.damaged("series \(series) has no samples") }
            for row in 1..<times.count where times[row - 1] >= times[row] {
                throw directory.damaged("the times of series \(series) do not ascend")
            }
            sampleCount += UInt64(times.count)
            minTime = min(minTime, times[0])
            maxTime = max(maxTime, times[times.count - 1])
        }
        if seriesCount == 0 { (minTime, maxTime) = (0, 0) }
        guard sampleCount == summary.sampleCount, minTime == summary.minTime, maxTime == summary.maxTime else {
            throw file.damaged("its samples are not as many, or not at the times, that its footer says")
        }
        return sums
    }

    /// Compares the lists of all terms with `sums`, which come from the labels of the series.
    private func verifyTerms(_ sums: [LabelSum]) throws(ReadError) {
        let table = try labels()
        for (number, name) in table.names.enumerated() {
            var value = 0, sum = LabelSum()
            var last: [UInt8]?
            try walk(name.bytes, prefix: []) { bytes, term throws(ReadError) in
                if let last, ByteOrder.compare(last.span, bytes.span) >= 0 {
                    throw section(.terms).damaged("value \(value) of name \(number) is not after the one before it")
                }
                last = bytes
                var series: [UInt32] = []
                try appendSeries(of: term, to: &series)
                for one in series { sum.add(one, value) }
                value += 1
                return true
            }
            guard sum.count == name.seriesCount else {
                throw section(.names).damaged("name \(number) has \(sum.count) series instead of \(name.seriesCount)")
            }
            guard sum == sums[number] else {
                throw section(.postings).damaged("the lists of name \(number) are not those of the series that have it")
            }
        }
    }
}

/// A sum over which series have which values of one name. The order of addition does not matter, and the sum differs if
/// any series or value differs, but for one case in 2^64.
///
/// Lists by value and labels by series are thus compared in one pass over each.
struct LabelSum: Equatable {
    private(set) var count = 0
    private var sum: UInt64 = 0

    mutating func add(_ series: UInt32, _ value: Int) {
        count += 1
        sum &+= Block.mix(UInt64(series) << 32 | UInt64(value))
    }
}
