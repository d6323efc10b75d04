package import KTSDBModel

extension Block {
    /// Reads everything: all checksums, and whether all parts of the block say the same.
    package func verify() throws(ReadError) {
        try verifyHeader()
        try verifySections()
        try verifyPages()
        let labelCount = try verifySeries()
        try verifyTerms(labelCount: labelCount)
        try verifyNotes()
    }

    private func verifyHeader() throws(ReadError) {
        let header = try file.read(at: 0, count: BlockFormat.headerByteCount)
        let bytes = header.bytes
        var cursor = FieldCursor(0..<bytes.byteCount)
        guard cursor.littleEndian(UInt64.self, in: bytes) == BlockFormat.headerMagic,
            cursor.littleEndian(UInt64.self, in: bytes) == summary.number,
            cursor.littleEndian(UInt64.self, in: bytes) == summary.generation,
            cursor.littleEndian(UInt16.self, in: bytes).map(BlockFormat.readableVersions.contains) == true,
            cursor.byte(in: bytes) == summary.level, cursor.byte(in: bytes) == 0,
            cursor.littleEndian(UInt32.self, in: bytes) == bytes.extracting(droppingLast: 4).crc32c()
        else { throw file.damaged("the header is not that of the block") }
    }

    private func verifyPages() throws(ReadError) {
        for number in 0..<section(.pages).byteCount / BlockFormat.pageRecordByteCount {
            let record = try pageRecord(number)
            _ = try readPage(number, record, at: record.offset)
            if let copy = try copyOffset(of: number) { _ = try readPage(number, record, at: copy) }
        }
    }

    /// Decodes all series, and returns how many labels they have together.
    private func verifySeries() throws(ReadError) -> Int {
        let directory = section(.series)
        var columns = SampleColumns()
        var sampleCount: UInt64 = 0
        var minTime = Int64.max, maxTime = Int64.min
        var labelCount = 0
        var last: (fingerprint: UInt64, form: [UInt8])?
        for series in 0..<UInt32(seriesCount) {
            let fingerprint = try fingerprint(of: series), form = try labels(of: series).stringForm
            if let last,
                last.fingerprint > fingerprint
                    || last.fingerprint == fingerprint && !last.form.lexicographicallyPrecedes(form)
            {
                throw directory.damaged("series \(series) is not behind the one before it")
            }
            guard !form.isEmpty, Labels.isWellFormed(stringForm: form.span) else {
                throw directory.damaged("the labels of series \(series) are not well-formed")
            }
            last = (fingerprint, form)
            labelCount += Labels(uncheckedStringForm: form).count
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
        return labelCount
    }

    /// Compares the terms' lists with the labels of the series in them.
    private func verifyTerms(labelCount: Int) throws(ReadError) {
        let table = try labels()
        var total = 0
        for (number, name) in table.names.enumerated() {
            var value = 0, inName = 0
            var last: [UInt8]?
            try walk(name.bytes, prefix: []) { bytes, term throws(ReadError) in
                if let last, !last.lexicographicallyPrecedes(bytes) {
                    throw section(.terms).damaged("value \(value) of name \(number) is not behind the one before it")
                }
                last = bytes
                var series: [UInt32] = []
                try appendSeries(of: term, to: &series)
                for one in series {
                    guard try valueNumber(of: number, series: one, table) == value else {
                        throw section(.postings).damaged("series \(one) has not value \(value) of name \(number)")
                    }
                }
                inName += series.count
                value += 1
                return true
            }
            guard inName == name.seriesCount else {
                throw section(.names).damaged("name \(number) has \(inName) series")
            }
            total += inName
        }
        guard total == labelCount else { throw section(.postings).damaged("the lists lack labels that series have") }
    }
}
