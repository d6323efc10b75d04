internal import KTSDBModel

extension Block {
    /// Returns the exemplars in `range` of the series `wanted` that are not hidden, ascending by series, then by time.
    /// `wanted` ascends.
    func exemplars(
        of wanted: [UInt32], in range: ClosedRange<Int64>, limits: (any ReadLimits)? = nil
    ) throws(ReadError) -> [(series: UInt32, exemplars: [StoredExemplar])] {
        guard !wanted.isEmpty, let runs = try exemplarRuns(in: range, limits: limits) else { return [] }
        let reservation = ReadReservation(limits)
        var pace = Pace(limits)
        var found: [(series: UInt32, exemplars: [StoredExemplar])] = [], next = 0
        for run in runs {
            try pace.step()
            while next < wanted.count, wanted[next] < run.series { next += 1 }
            guard next < wanted.count else { break }
            guard wanted[next] == run.series, run.first <= range.upperBound, run.last >= range.lowerBound else {
                continue
            }
            try pace.step(run.byteCount)
            try reservation.grow(bytes: run.byteCount + run.count * 64)
            let hidden = mask?.ranges(of: run.series)
            let exemplars = try decode(run).filter { range.contains($0.time) && hidden?.contains($0.time) != true }
            if found.last?.series == run.series {
                found[found.count - 1].exemplars += exemplars
            } else if !exemplars.isEmpty {
                found.append((run.series, exemplars))
            }
        }
        return found
    }

    /// Returns all exemplars of a series, hidden ones included. `runs` is the whole directory, so that a caller with
    /// many series reads it once.
    func exemplars(of series: UInt32, _ runs: [ExemplarRun]) throws(ReadError) -> [StoredExemplar] {
        var low = (0..<runs.count).partitionPoint { runs[$0].series < series }
        var exemplars: [StoredExemplar] = []
        while low < runs.count, runs[low].series == series {
            exemplars += try decode(runs[low])
            low += 1
        }
        return exemplars
    }

    /// Whether the block has exemplars.
    package var hasExemplars: Bool { section(.exemplars).byteCount > 0 }

    /// Whether the block may have exemplars in `range`.
    func mayHaveExemplars(in range: ClosedRange<Int64>) throws(ReadError) -> Bool {
        let section = section(.exemplars)
        guard section.byteCount > 0 else { return false }
        // Two varints of at most 10 bytes.
        let bytes = try section.bytes(0, min(20, section.byteCount))
        var cursor = FieldCursor(0..<bytes.byteCount)
        guard let first = cursor.zigzag(in: bytes), let last = cursor.zigzag(in: bytes) else {
            throw section.damaged("it is cut short")
        }
        return first <= range.upperBound && last >= range.lowerBound
    }

    /// Returns the metadata of the metrics that have series in the block, by metric name.
    func metadata() throws(ReadError) -> [String: MetricMetadata] {
        let section = section(.metadata)
        guard section.byteCount > 0 else { return [:] }
        guard let metadata = MetadataCoding.decode(try section.bytes(), 0..<section.byteCount) else {
            throw section.damaged("its entries are cut short")
        }
        return metadata
    }

    /// Reads and checks all exemplars and metadata.
    func verifySideData() throws(ReadError) {
        _ = try metadata()
        guard let runs = try exemplarRuns(in: .min ... .max) else { return }
        var last: ExemplarRun?
        for run in runs {
            if let last, last.series == run.series, last.last >= run.first {
                throw section(.exemplars).damaged("the exemplars of series \(run.series) do not ascend")
            }
            _ = try decode(run)
            last = run
        }
    }

    private static func decode(_ run: ExemplarRun, _ buffer: borrowing PageBuffer) -> [StoredExemplar]? {
        run.decode(buffer.bytes)
    }

    private func decode(_ run: ExemplarRun) throws(ReadError) -> [StoredExemplar] {
        let page = try page(run.position.page)
        guard let exemplars = Self.decode(run, page.buffer) else {
            throw section(.exemplars).damaged("exemplars of series \(run.series) are not where it says")
        }
        return exemplars
    }

    /// Returns the directory, or nil if the block has no exemplars in `range`.
    func exemplarRuns(
        in range: ClosedRange<Int64>, limits: (any ReadLimits)? = nil
    ) throws(ReadError) -> [ExemplarRun]? {
        let section = section(.exemplars)
        guard section.byteCount > 0 else { return nil }
        let bytes = try section.bytes()
        var cursor = FieldCursor(0..<bytes.byteCount)
        guard let first = cursor.zigzag(in: bytes), let last = cursor.zigzag(in: bytes),
            let count = cursor.count(in: bytes)
        else { throw section.damaged("it is cut short") }
        guard first <= range.upperBound, last >= range.lowerBound else { return nil }
        var runs: [ExemplarRun] = [], series: UInt64 = 0, time: Int64 = 0, pace = Pace(limits)
        runs.reserveCapacity(count)
        for _ in 0..<count {
            try pace.step(4)
            guard let gap = cursor.varint(in: bytes), gap < UInt64(seriesCount) - series,
                let position = cursor.varint(in: bytes).flatMap({ ColumnEntry.Position($0) }),
                let byteCount = cursor.varint(in: bytes), byteCount <= UInt64(BlockFormat.pageLimit),
                let exemplars = cursor.varint(in: bytes), exemplars > 0, exemplars <= byteCount,
                let step = cursor.zigzag(in: bytes), let length = cursor.varint(in: bytes)
            else { throw section.damaged("run \(runs.count) cannot be") }
            series += gap
            time &+= step
            let end = time &+ Int64(bitPattern: length)
            guard end >= time else { throw section.damaged("run \(runs.count) ends before it begins") }
            runs.append(
                ExemplarRun(
                    series: UInt32(series), position: position, byteCount: Int(byteCount), count: Int(exemplars),
                    first: time, last: end))
        }
        guard cursor.remaining == 0 else { throw section.damaged("it has bytes after its last run") }
        return runs
    }
}
