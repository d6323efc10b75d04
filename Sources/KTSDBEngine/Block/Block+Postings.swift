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
        guard let number = table.find(name), let run = try lastRun(notAfter: value, table.names[number]) else {
            return nil
        }
        var terms = try self.run(run, of: table.names[number])
        return try terms.find(value.span)
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
        guard let series else { return try values(of: name, limit: limit, limits: limits, where: { _ in true }) }
        var numbers: [UInt32] = []
        return try values(
            of: name, limit: limit, limits: limits,
            where: { (term: BlockTerm) throws(ReadError) -> Bool in
                numbers.removeAll(keepingCapacity: true)
                try appendSeries(of: term, to: &numbers)
                return numbers.contains(where: series.contains)
            })
    }

    /// Returns the values of `name` in series that meet `condition`: ascending, at most `limit`. Tries the series of
    /// each value until one does.
    func values(
        of name: [UInt8], limit: Int, limits: (any ReadLimits)?,
        whereSeries condition: (UInt32) throws(ReadError) -> Bool
    ) throws(ReadError) -> [[UInt8]] {
        var numbers: [UInt32] = []
        return try values(
            of: name, limit: limit, limits: limits,
            where: { (term: BlockTerm) throws(ReadError) -> Bool in
                numbers.removeAll(keepingCapacity: true)
                try appendSeries(of: term, to: &numbers)
                return try Self.contains(numbers, where: condition)
            })
    }

    private func values(
        of name: [UInt8], limit: Int, limits: (any ReadLimits)?, where isWanted: (BlockTerm) throws(ReadError) -> Bool
    ) throws(ReadError) -> [[UInt8]] {
        var values: [[UInt8]] = [], pace = Pace(limits)
        let reservation = ReadReservation(limits)
        guard limit > 0 else { return [] }
        try walk(name, prefix: []) { value, term throws(ReadError) in
            try pace.step(4 + value.count / 16 + term.byteCount / 4)
            if try isWanted(term) {
                try reservation.grow(bytes: value.count + 48)
                values.append(value)
            }
            return values.count < limit
        }
        return values
    }

    private static func contains(
        _ numbers: [UInt32], where condition: (UInt32) throws(ReadError) -> Bool
    ) throws(ReadError) -> Bool {
        for number in numbers where try condition(number) { return true }
        return false
    }

    /// Calls `body` with the values of `name` that start with `prefix`, ascending, until it returns false.
    func walk(
        _ name: [UInt8], prefix: [UInt8], _ body: ([UInt8], BlockTerm) throws(ReadError) -> Bool
    ) throws(ReadError) {
        let table = try labels()
        guard let number = table.find(name) else { return }
        let label = table.names[number]
        var run = prefix.isEmpty ? 0 : try lastRun(notAfter: prefix, label) ?? 0
        var value: [UInt8] = []
        while run < label.runCount {
            var terms = try self.run(run, of: label)
            while let term = try terms.next() {
                try terms.update(&value)
                if ByteOrder.starts(value.span, with: prefix.span) {
                    guard try body(value, term) else { return }
                } else if ByteOrder.compare(prefix.span, value.span) < 0 {
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
            throw postings.damaged("the list at \(start) does not have \(term.seriesCount) ascending series")
        }
    }

    package func valueNumbers(
        of name: [UInt8], series: [UInt32], limits: (any ReadLimits)?
    ) throws(ReadError) -> [UInt32?] {
        let table = try labels()
        guard let number = table.find(name) else { return Array(repeating: nil, count: series.count) }
        var numbers: [UInt32?] = [], pace = Pace(limits)
        numbers.reserveCapacity(series.count)
        for one in series {
            try pace.step(8)
            numbers.append(try valueNumber(of: number, series: one, table).map { UInt32($0) })
        }
        return numbers
    }

    package func value(_ number: UInt32, of name: [UInt8]) throws(ReadError) -> [UInt8] {
        let table = try labels()
        guard let name = table.find(name), number < table.names[name].valueCount else { return [] }
        return try value(Int(number), of: name, table)
    }

    package func names(of series: [UInt32], limits: (any ReadLimits)?) throws(ReadError) -> [[UInt8]] {
        let table = try labels()
        var shapes = Set<Int>(), used = Set<UInt32>(), pace = Pace(limits)
        for number in series {
            try pace.step(16)
            let shape = try withRecord(of: number) { bytes, cursor throws(ReadError) in
                try self.shape(of: number, table, &cursor, in: bytes)
            }
            if shapes.insert(shape).inserted { used.formUnion(table.names(ofShape: shape)) }
        }
        return used.sorted().map { table.names[Int($0)].bytes }
    }

    /// Returns the last run of the name whose first value is at or before `value`, or nil if all runs begin after it.
    private func lastRun(notAfter value: [UInt8], _ name: BlockLabelTable.Name) throws(ReadError) -> Int? {
        let next = try (0..<name.runCount).partitionPoint { index throws(ReadError) in
            var terms = try run(index, of: name)
            _ = try terms.next()
            return try !terms.isFirstValue(after: value.span)
        }
        return next == 0 ? nil : next - 1
    }
}
