package import KTSDBModel
internal import Synchronization

extension Block {
    /// Returns the fingerprint of a series.
    package func fingerprint(of series: UInt32) throws(ReadError) -> UInt64 {
        try section(.fingerprints).integer(UInt64.self, at: Int(series))
    }

    /// Returns the fingerprints of some series.
    func fingerprints(of series: [UInt32]) throws(ReadError) -> [UInt64] {
        let section = section(.fingerprints)
        guard series.count > seriesCount / 4 else {
            return try series.map { number throws(ReadError) in try fingerprint(of: number) }
        }
        let bytes = try section.bytes()
        return series.map { bytes.load(littleEndian: UInt64.self, at: Int($0) * 8) }
    }

    /// Returns the labels of a series.
    ///
    /// Costs some hundred nanoseconds for each value plus its bytes, however long the other values of its label are. A
    /// label that is kept in memory (``NameFields``) costs about ten.
    package func labels(of series: UInt32) throws(ReadError) -> Labels {
        let table = try labels()
        var form: [UInt8] = []
        form.reserveCapacity(256)
        try forEachLabel(of: series, table) { (name, value) throws(ReadError) in
            if let kept = table.keptFields(of: name), kept.append(value, to: &form) { return }
            try appendField(value, of: name, table, to: &form)
        }
        return Labels(uncheckedStringForm: form)
    }

    /// Appends the label with this name and this value, both numbers, to a string form. Keeps all labels of the name if
    /// that pays by now.
    private func appendField(
        _ value: Int, of name: Int, _ table: BlockLabelTable, to form: inout [UInt8]
    ) throws(ReadError) {
        let label = table.names[name]
        let terms = try term(value, of: label)
        Self.append(field: label.bytes, to: &form)
        Labels.append(length: terms.valueByteCount, to: &form)
        try terms.appendValue(to: &form)
        guard !pages.isTight, table.noteWalk(over: terms.walkedCount, of: name) else { return }
        try table.keepFields(of: name) { (byteLimit) throws(ReadError) in
            try LabelFields(of: label, byteLimit: byteLimit) { (run) throws(ReadError) in
                try self.run(run, of: label)
            }
        }
    }

    /// How many terms were walked over so far to read values by their numbers: the cost of reading labels.
    package func walkedTermCount() throws(ReadError) -> Int { try labels().walkedTermCount }

    /// The bytes of labels that are kept in memory.
    package func keptLabelByteCount() throws(ReadError) -> Int { try labels().keptBytes }

    /// The most bytes of labels that a block keeps in memory.
    package static var keptLabelByteLimit: Int { BlockLabelTable.keptByteLimit }

    /// Appends a name or a value to a string form. Takes a plain array, which avoids generic code of another module.
    private static func append(field: [UInt8], to form: inout [UInt8]) {
        guard field.count < 255 else { return Labels.append(field: field, to: &form) }
        form.append(UInt8(truncatingIfNeeded: field.count))
        form.append(contentsOf: field)
    }

    /// Returns the series that match all matchers, ascending.
    package func series(
        matching matchers: [LabelMatcher], limits: (any ReadLimits)? = nil
    ) throws(ReadError) -> [UInt32] {
        try MatcherPlanner.resolve(matchers, in: self, limits: limits)
    }

    /// Returns the values that a label has in series that match all matchers: ascending by bytes, at most `limit`.
    package func labelValues(
        of name: String, matching matchers: [LabelMatcher] = [], limit: Int? = nil, limits: (any ReadLimits)? = nil
    ) throws(ReadError) -> [[UInt8]] {
        try MatcherPlanner.labelValues(of: name, matching: matchers, limit: limit, in: self, limits: limits)
    }

    /// Returns the names of the labels of series that match all matchers: ascending by bytes, at most `limit`.
    package func labelNames(
        matching matchers: [LabelMatcher] = [], limit: Int? = nil, limits: (any ReadLimits)? = nil
    ) throws(ReadError) -> [[UInt8]] {
        try MatcherPlanner.labelNames(matching: matchers, limit: limit, in: self, limits: limits)
    }

    /// Returns the names and shapes, which are read once.
    func labels() throws(ReadError) -> BlockLabelTable {
        if let table = labelTable.withLock({ $0 }) { return table }
        // Two threads may both read them; the first result is kept.
        let table = try BlockLabelTable(
            names: section(.names), shapes: section(.shapes), runCount: section(.termRuns).byteCount / 8)
        return labelTable.withLock { kept in
            if kept == nil { kept = table }
            return kept!
        }
    }

    /// Calls `body` with the bytes of the series' record and a cursor over them.
    func withRecord<Result>(
        of series: UInt32, _ body: (RawSpan, inout FieldCursor) throws(ReadError) -> Result
    ) throws(ReadError) -> Result {
        var records = BlockRecords(self)
        return try records.withRecord(of: series, body)
    }

    /// Calls `body` with the numbers of name and value of each of a series' labels, ascending by name.
    func forEachLabel(
        of series: UInt32, _ table: BlockLabelTable, _ body: (_ name: Int, _ value: Int) throws(ReadError) -> Void
    ) throws(ReadError) {
        var records = BlockRecords(self)
        try forEachLabel(of: series, table, &records, body)
    }

    /// Does the same with the caller's `records`, which makes reading series in order cheap.
    @inline(__always)
    func forEachLabel(
        of series: UInt32, _ table: BlockLabelTable, _ records: inout BlockRecords,
        _ body: (_ name: Int, _ value: Int) throws(ReadError) -> Void
    ) throws(ReadError) {
        try records.withRecord(of: series) { bytes, cursor throws(ReadError) in
            let shape = try shape(of: series, table, &cursor, in: bytes)
            var bits = BitCursor()
            let rest = bytes.extracting(cursor.position..<cursor.end)
            for name in table.names(ofShape: shape) {
                guard let value = bits.next(table.names[Int(name)].width, in: rest),
                    value < UInt64(table.names[Int(name)].valueCount)
                else { throw section(.series).damaged("series \(series) has a value that there is not") }
                try body(Int(name), Int(value))
            }
        }
    }

    /// Returns the number of the value that a series has for a name, or nil if it lacks that label.
    func valueNumber(of name: Int, series: UInt32, _ table: BlockLabelTable) throws(ReadError) -> Int? {
        try withRecord(of: series) { bytes, cursor throws(ReadError) in
            let shape = try shape(of: series, table, &cursor, in: bytes)
            var offset = 0
            for other in table.names(ofShape: shape) where other <= name {
                guard other == name else {
                    offset += table.names[Int(other)].width
                    continue
                }
                var bits = BitCursor(bitOffset: offset)
                let rest = bytes.extracting(cursor.position..<cursor.end)
                guard let value = bits.next(table.names[name].width, in: rest),
                    value < UInt64(table.names[name].valueCount)
                else { throw section(.series).damaged("series \(series) has a value that there is not") }
                return Int(value)
            }
            return nil
        }
    }

    /// Skips the column entries of a series' record and returns the number of its shape, which follows them.
    func shape(
        of series: UInt32, _ table: BlockLabelTable, _ cursor: inout FieldCursor, in bytes: RawSpan
    ) throws(ReadError) -> Int {
        guard ColumnEntry.skipAll(&cursor, in: bytes), let number = cursor.varint(in: bytes),
            number < UInt64(table.shapeCount)
        else { throw section(.series).damaged("the record of series \(series) is cut short") }
        return Int(number)
    }

    /// Returns the value with this number of the name with that number.
    func value(_ number: Int, of name: Int, _ table: BlockLabelTable) throws(ReadError) -> [UInt8] {
        let terms = try term(number, of: table.names[name])
        var value: [UInt8] = []
        value.reserveCapacity(terms.valueByteCount)
        try terms.appendValue(to: &value)
        return value
    }

    /// Returns the run with this term of a name, advanced to the term.
    private func term(_ number: Int, of name: BlockLabelTable.Name) throws(ReadError) -> TermRun {
        let (run, position) = number.quotientAndRemainder(dividingBy: BlockFormat.runCount)
        var terms = try self.run(run, of: name)
        for _ in 0...position { _ = try terms.next() }
        return terms
    }

    /// Returns the run with this number of a name, before its first term.
    func run(_ number: Int, of name: BlockLabelTable.Name) throws(ReadError) -> TermRun {
        let terms = section(.terms), runs = section(.termRuns), run = name.firstRun + number
        let start = try runs.integer(UInt64.self, at: run)
        let end = (run + 1) * 8 < runs.byteCount ? try runs.integer(UInt64.self, at: run + 1) : UInt64(terms.byteCount)
        guard start <= end, end <= UInt64(terms.byteCount) else {
            throw runs.damaged("run \(run) ends before it begins")
        }
        return try TermRun(terms, at: Int(start)..<Int(end), count: name.count(ofRun: number), total: seriesCount)
    }
}
