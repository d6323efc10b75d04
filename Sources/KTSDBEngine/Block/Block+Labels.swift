package import KTSDBModel
internal import Synchronization

extension Block {
    /// The fingerprint of a series.
    package func fingerprint(of series: UInt32) throws(ReadError) -> UInt64 {
        try section(.fingerprints).integer(UInt64.self, at: Int(series))
    }

    /// The labels of a series: some hundred nanoseconds for each value that many series do not share, plus its bytes,
    /// whatever the other values of its label are.
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

    /// Appends a name and the value of this number of it to a string form.
    private func appendField(
        _ value: Int, of name: Int, _ table: BlockLabelTable, to form: inout [UInt8]
    ) throws(ReadError) {
        let label = table.names[name]
        let terms = try term(value, of: label)
        Self.append(field: label.bytes, to: &form)
        Labels.append(length: terms.valueByteCount, to: &form)
        try terms.appendValue(to: &form)
        guard table.noteWalk(over: terms.walkedCount, of: name) else { return }
        try table.keepFields(of: name) { (byteLimit) throws(ReadError) in
            try LabelFields(of: label, byteLimit: byteLimit) { (run) throws(ReadError) in
                try self.run(run, of: label)
            }
        }
    }

    /// How often reading single values by their numbers has walked over a term: what reading labels has cost so far.
    package func walkedTermCount() throws(ReadError) -> Int { try labels().walkedTermCount }

    /// Bytes of labels that are kept ready.
    package func keptLabelByteCount() throws(ReadError) -> Int { try labels().keptBytes }

    /// Bytes of labels that a block keeps ready at most.
    package static var keptLabelByteLimit: Int { BlockLabelTable.keptByteLimit }

    /// Appends a name or a value to a string form; for a plain array, without the cost of generic code of another
    /// module.
    private static func append(field: [UInt8], to form: inout [UInt8]) {
        guard field.count < 255 else { return Labels.append(field: field, to: &form) }
        form.append(UInt8(truncatingIfNeeded: field.count))
        form.append(contentsOf: field)
    }

    /// The series that match all matchers, ascending.
    package func series(
        matching matchers: [LabelMatcher], limits: (any ReadLimits)? = nil
    ) throws(ReadError) -> [UInt32] {
        try MatcherPlanner.resolve(matchers, in: self, limits: limits)
    }

    /// The values of a label that series matching all matchers have, as ascending bytes, at most `limit`.
    package func labelValues(
        of name: String, matching matchers: [LabelMatcher] = [], limit: Int? = nil, limits: (any ReadLimits)? = nil
    ) throws(ReadError) -> [[UInt8]] {
        try MatcherPlanner.labelValues(of: name, matching: matchers, limit: limit, in: self, limits: limits)
    }

    /// The names of the labels that series matching all matchers have, as ascending bytes, at most `limit`.
    package func labelNames(
        matching matchers: [LabelMatcher] = [], limit: Int? = nil, limits: (any ReadLimits)? = nil
    ) throws(ReadError) -> [[UInt8]] {
        try MatcherPlanner.labelNames(matching: matchers, limit: limit, in: self, limits: limits)
    }

    /// Names and shapes; read once.
    func labels() throws(ReadError) -> BlockLabelTable {
        if let table = labelTable.withLock({ $0 }) { return table }
        // Two threads may both read it; the first result stays.
        let table = try BlockLabelTable(
            names: section(.names), shapes: section(.shapes), runCount: section(.termRuns).byteCount / 8)
        return labelTable.withLock { kept in
            if kept == nil { kept = table }
            return kept!
        }
    }

    /// The series' record in the directory, and where in it the column entries begin.
    func withRecord<Result>(
        of series: UInt32, _ body: (RawSpan, inout FieldCursor) throws(ReadError) -> Result
    ) throws(ReadError) -> Result {
        let directory = section(.series), groups = section(.seriesGroups)
        let (group, position) = Int(series).quotientAndRemainder(dividingBy: BlockFormat.groupCount)
        guard Int(series) < seriesCount else { throw directory.damaged("it has no series \(series)") }
        let start = try groups.integer(UInt64.self, at: group)
        let end =
            (group + 1) * 8 < groups.byteCount
            ? try groups.integer(UInt64.self, at: group + 1) : UInt64(directory.byteCount)
        guard start <= end, end <= UInt64(directory.byteCount) else {
            throw groups.damaged("group \(group) ends before it begins")
        }
        let bytes = try directory.bytes(Int(start), Int(end - start))
        var cursor = FieldCursor(0..<bytes.byteCount)
        var before = 0, length = 0
        for index in 0..<min(BlockFormat.groupCount, seriesCount - group * BlockFormat.groupCount) {
            guard let count = cursor.count(in: bytes) else { throw directory.damaged("group \(group) is cut short") }
            if index < position { before += count } else if index == position { length = count }
        }
        guard cursor.take(before) != nil, let place = cursor.take(length) else {
            throw directory.damaged("series \(series) is not within its group")
        }
        var inside = FieldCursor(place)
        return try body(bytes, &inside)
    }

    /// Calls `body` with the numbers of name and value of each of a series' labels, ascending by name.
    func forEachLabel(
        of series: UInt32, _ table: BlockLabelTable, _ body: (_ name: Int, _ value: Int) throws(ReadError) -> Void
    ) throws(ReadError) {
        try withRecord(of: series) { bytes, cursor throws(ReadError) in
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

    /// The number of the value that a series has for the name `name`, if it has one.
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

    /// The number of a series' shape, which stands behind its column entries.
    func shape(
        of series: UInt32, _ table: BlockLabelTable, _ cursor: inout FieldCursor, in bytes: RawSpan
    ) throws(ReadError) -> Int {
        guard ColumnEntry.skipAll(&cursor, in: bytes), let number = cursor.varint(in: bytes),
            number < UInt64(table.shapeCount)
        else { throw section(.series).damaged("the record of series \(series) is cut short") }
        return Int(number)
    }

    /// The value of this number of the name of that number.
    func value(_ number: Int, of name: Int, _ table: BlockLabelTable) throws(ReadError) -> [UInt8] {
        let terms = try term(number, of: table.names[name])
        var value: [UInt8] = []
        value.reserveCapacity(terms.valueByteCount)
        try terms.appendValue(to: &value)
        return value
    }

    /// The run with the term of this number of a name, at that term.
    private func term(_ number: Int, of name: BlockLabelTable.Name) throws(ReadError) -> TermRun {
        let (run, position) = number.quotientAndRemainder(dividingBy: BlockFormat.runCount)
        var terms = try self.run(run, of: name)
        for _ in 0...position { _ = try terms.next() }
        return terms
    }

    /// The run of this number among those of a name, before its first term.
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
