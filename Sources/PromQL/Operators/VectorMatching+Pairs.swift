internal import KTSDBModel

extension VectorMatcher {
    /// Computes the rows of pairs.
    final class PairWorker {
        private let matcher: VectorMatcher
        private let manyReader: any RowReader
        private let oneReader: any RowReader
        private var manyRow: Row
        private var oneRow: Row
        private var pairRow: Row
        private(set) var result: Row
        private let steps: Int
        /// What there is to say about each step: about one pair only, that of the last series by its labels. Prometheus
        /// keeps the last remark.
        private(set) var notes: [Int: (labels: Labels, note: HistogramNote)] = [:]

        init(_ matcher: VectorMatcher) {
            self.matcher = matcher
            steps = matcher.grid.count
            manyReader = matcher.many.makeReader()
            oneReader = matcher.one.makeReader()
            manyRow = .absent(count: steps)
            oneRow = .absent(count: steps)
            pairRow = .absent(count: steps)
            result = .absent(count: steps)
        }

        /// Writes into `result` what the pairs give together; they have the same labels.
        func combine(_ pairs: [Pair]) throws(QueryError) {
            if pairs.count == 1 {
                try combine(pairs[0], into: &result)
                return
            }
            result.clear()
            /// The group that matched at each step, also where a comparison then filtered out.
            var matched = [Int](repeating: -1, count: steps)
            for pair in pairs {
                try combine(pair, into: &pairRow)
                for step in 0..<steps where !manyRow[step].isAbsent && !oneRow[step].isAbsent {
                    if matched[step] == pair.group {
                        throw .execution("multiple matches for labels: grouping labels must ensure unique matches")
                    }
                    matched[step] = pair.group
                }
                guard result.join(pairRow) else { throw DistinctLabels.failure }
            }
        }

        private func combine(_ pair: Pair, into row: inout Row) throws(QueryError) {
            try load(pair.many, manyReader, into: &manyRow) {
                matcher.presence(of: matcher.many, matcher.groups[pair.group].many)
            }
            try load(pair.one, oneReader, into: &oneRow) {
                matcher.presence(of: matcher.one, matcher.groups[pair.group].one)
            }
            let operation = matcher.plan.operation, returnsBool = matcher.plan.returnsBool
            if manyRow.hasHistograms || oneRow.hasHistograms || operation == .trimUpper || operation == .trimLower {
                return combinePoints(pair, into: &row)
            }
            row.setHistograms(HistogramPoints())
            if matcher.isSwapped {
                operation.combine(oneRow, manyRow, returnsBool: returnsBool, into: &row)
            } else {
                operation.combine(manyRow, oneRow, returnsBool: returnsBool, into: &row)
            }
        }

        /// The combination of rows that hold histograms.
        private func combinePoints(_ pair: Pair, into row: inout Row) {
            row.clear()
            var histograms = HistogramPoints()
            for step in 0..<steps where !manyRow[step].isAbsent && !oneRow[step].isAbsent {
                let many = manyRow.point(at: step), one = oneRow.point(at: step)
                let (left, right) = matcher.isSwapped ? (one, many) : (many, one)
                let (point, note) = matcher.plan.operation.combine(left, right, returnsBool: matcher.plan.returnsBool)
                if let note { add(note, of: pair, at: step) }
                switch point {
                case .float(let value): row[step] = PromQL.point(value)
                case .histogram(let histogram): histograms.append(histogram, at: step)
                case nil: break
                }
            }
            row.put(histograms)
        }

        private func add(_ note: HistogramNote, of pair: Pair, at step: Int) {
            let labels =
                switch pair.many {
                case .series(let position): matcher.many.series(at: position).labels
                case .fill(_, let labels): labels
                }
            if let old = notes[step], labels < old.labels { return }
            notes[step] = (labels, note)
        }

        /// A fill value stands where no series of its side in the group has a point, as `taken` says.
        private func load(
            _ partner: Partner, _ reader: any RowReader, into row: inout Row, taken: () -> [Bool]
        ) throws(QueryError) {
            switch partner {
            case .series(let position):
                if try !reader.read(position, into: &row) { row.clear() }
            case .fill(let value, _):
                row.clear()
                for (step, isTaken) in taken().enumerated() { row[step] = isTaken ? .absent : point(value) }
            }
        }
    }
}
