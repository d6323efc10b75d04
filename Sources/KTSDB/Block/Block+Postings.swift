package import KTSDBModel

extension Block: PostingsSource {
    package var seriesBound: Int { seriesCount }
    package var lookupCost: Int { 300 }

    package func appendAllSeries(to series: inout [UInt32], limits: (any ReadLimits)?) throws(ReadError) {
        series.append(contentsOf: 0..<UInt32(seriesCount))
    }

    package func names() throws(ReadError) -> [[UInt8]] { try labels().names.map(\.bytes) }

    package func valueCount(of name: [UInt8]) throws(ReadError) -> Int {
        let table = try labels()
        return table.find(name).map { table.names[$0].valueCount } ?? 0
    }

    package func term(_ name: [UInt8], _ value: [UInt8]) throws(ReadError) -> BlockTerm? {
        let table = try labels()
        guard let number = table.find(name), let run = try lastRun(notBehind: value, table.names[number]) else {
            return nil
        }
        let bytes = try runBytes(table.names[number].firstRun + run)
        var terms = TermRun(bytes, count: count(ofRun: run, table.names[number]), total: seriesCount)
        while let term = try terms.next(in: bytes, section(.terms)) {
            if terms.value == value { return term }
        }
        return nil
    }

    package func terms(
        of name: [UInt8], accepting condition: ValueCondition, limits: (any ReadLimits)?
    ) throws(ReadError) -> [BlockTerm] {
        var terms: [BlockTerm] = [], pace = Pace(limits)
        try walk(name, prefix: condition.prefix) { value, term throws(ReadError) in
            try pace.step(4 + value.count / 16)
            if try condition.accepts(value.span, limits: limits) { terms.append(term) }
            return true
        }
        return terms
    }

    package func values(
        of name: [UInt8], in series: SeriesBitmap?, limit: Int, limits: (any ReadLimits)?
    ) throws(ReadError) -> [[UInt8]] {
        var values: [[UInt8]] = [], numbers: [UInt32] = [], pace = Pace(limits)
        let reservation = ReadReservation(limits)
        try walk(name, prefix: []) { value, term throws(ReadError) in
            try pace.step(4 + value.count / 16 + (series == nil ? 0 : term.seriesCount / 8))
            try reservation.grow(bytes: value.count + 48)
            if let series {
                numbers.removeAll(keepingCapacity: true)
                try appendSeries(of: term, to: &numbers)
                guard numbers.contains(where: series.contains) else { return true }
            }
            values.append(value)
            return values.count < limit
        }
        return values
    }

    /// Calls `body` with the values of `name` that start with `prefix`, ascending, until it returns false.
    func walk(
        _ name: [UInt8], prefix: [UInt8], _ body: ([UInt8], BlockTerm) throws(ReadError) -> Bool
    ) throws(ReadError) {
        let table = try labels()
        guard let number = table.find(name) else { return }
        let label = table.names[number]
        var run = prefix.isEmpty ? 0 : try lastRun(notBehind: prefix, label) ?? 0
        while run < label.runCount {
            let bytes = try runBytes(label.firstRun + run)
            var terms = TermRun(bytes, count: count(ofRun: run, label), total: seriesCount)
            while let term = try terms.next(in: bytes, section(.terms)) {
                if terms.value.starts(with: prefix) {
                    guard try body(terms.value, term) else { return }
                } else if prefix.lexicographicallyPrecedes(terms.value) {
                    return
                }
            }
            run += 1
        }
    }

    package func seriesCount(of term: BlockTerm) -> Int { term.seriesCount }

    package func appendSeries(of term: BlockTerm, to series: inout [UInt32]) throws(ReadError) {
        if term.form == .single { return series.append(UInt32(term.first)) }
        let postings = section(.postings)
        guard let start = Int(exactly: term.first) else { throw postings.damaged("a list begins at \(term.first)") }
        let bytes = try postings.bytes(start, term.byteCount)
        guard EncodedPostings.decode(bytes, count: term.seriesCount, total: seriesCount, to: &series) else {
            throw postings.damaged("the list at \(start) has not \(term.seriesCount) ascending series")
        }
    }

    package func matches(
        _ matcher: LabelMatcher, series: UInt32, limits: (any ReadLimits)?
    ) throws(ReadError) -> Bool {
        let value = try value(of: Array(matcher.name.utf8), series: series) ?? []
        return try matcher.matches(value.span, limits: limits)
    }

    package func value(of name: [UInt8], series: UInt32) throws(ReadError) -> [UInt8]? {
        let table = try labels()
        guard let number = table.find(name) else { return nil }
        return try valueNumber(of: number, series: series, table).map { value throws(ReadError) in
            try self.value(value, of: number, table)
        }
    }

    package func names(of series: [UInt32], limits: (any ReadLimits)?) throws(ReadError) -> [[UInt8]] {
        let table = try labels()
        var shapes = Set<Int>(), pace = Pace(limits)
        for number in series {
            try pace.step(16)
            shapes.insert(
                try withRecord(of: number) { bytes, cursor throws(ReadError) in
                    try shape(of: number, table, &cursor, in: bytes)
                })
        }
        let used = Set(shapes.flatMap { table.shapes[$0] })
        return used.sorted().map { table.names[$0].bytes }
    }

    private func count(ofRun run: Int, _ name: BlockLabelTable.Name) -> Int {
        min(BlockFormat.runCount, name.valueCount - run * BlockFormat.runCount)
    }

    /// The last run of the name whose first value is not behind `value`; nil if all begin behind it.
    private func lastRun(notBehind value: [UInt8], _ name: BlockLabelTable.Name) throws(ReadError) -> Int? {
        var low = 0, high = name.runCount
        while low < high {
            let middle = (low + high) / 2
            let bytes = try runBytes(name.firstRun + middle)
            var terms = TermRun(bytes, count: 1, total: seriesCount)
            _ = try terms.next(in: bytes, section(.terms))
            if value.lexicographicallyPrecedes(terms.value) { high = middle } else { low = middle + 1 }
        }
        return low == 0 ? nil : low - 1
    }
}
