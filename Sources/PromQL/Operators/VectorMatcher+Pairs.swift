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
        private var pace: QueryPace
        private var matchRow: Row
        /// The steps at which the pair that was combined last matched, also where a comparison then filtered out; as
        /// far as that was asked for.
        private var isMatched: [Bool]
        /// What there is to say about each step: about one pair only, that of the last series by its labels, those with
        /// a value from `fillLeft` after all others. Prometheus keeps the last annotation.
        private(set) var annotations: [Int: (isFilled: Bool, labels: Labels, annotation: HistogramAnnotation)] = [:]

        init(_ matcher: VectorMatcher) {
            self.matcher = matcher
            pace = QueryPace(matcher.query)
            steps = matcher.grid.count
            manyReader = matcher.many.makeReader()
            oneReader = matcher.one.makeReader()
            manyRow = .absent(count: steps)
            oneRow = .absent(count: steps)
            pairRow = .absent(count: steps)
            result = .absent(count: steps)
            matchRow = .absent(count: steps)
            isMatched = [Bool](repeating: false, count: steps)
        }

        /// Writes into `result` what the pairs give together; they have the same labels.
        /// - Returns: the first step at which two pairs of one group match, if there is one: that is a conflict, and
        ///   the result means nothing. Without `joins` there is one already, and nothing else is found.
        func combine(_ pairs: [Pair], joins: Bool) throws(QueryError) -> Int? {
            if pairs.count == 1 {
                try combine(pairs[0], into: &result)
                return nil
            }
            result.clear()
            /// The group that matched at each step, also where a comparison then filtered out.
            var matched = [Int](repeating: -1, count: steps), conflict: Int?
            for pair in pairs {
                try combine(pair, into: &pairRow, findsMatches: true)
                for step in 0..<min(steps, conflict ?? steps) where isMatched[step] {
                    if matched[step] == pair.group { conflict = step }
                    matched[step] = pair.group
                }
                guard joins, conflict == nil else { continue }
                guard result.join(pairRow) else { throw DistinctLabels.failure }
            }
            return conflict
        }

        /// How many pairs of a group match at each step, those with `fillLeft` left out.
        func matches(in number: Int) throws(QueryError) -> [Int] {
            let group = matcher.groups[number]
            var counts = [Int](repeating: 0, count: steps)
            for position in group.many {
                var partners = group.one.map { Partner.series($0) }
                if let fill = matcher.matching.fillRight {
                    partners.append(.fill(fill, for: matcher.many.series(at: position).labels))
                }
                for partner in partners {
                    try combine(
                        Pair(group: number, many: .series(position), one: partner), into: &matchRow, findsMatches: true)
                    for step in 0..<steps where isMatched[step] { counts[step] += 1 }
                }
            }
            return counts
        }

        private func combine(
            _ pair: Pair, into row: inout Row, findsMatches: Bool = false
        ) throws(QueryError) {
            try pace.step(16 + 2 * steps)
            if case .fill = pair.many {
                // Before the rows are loaded: to find who matched takes the same scratch rows.
                let taken = try self.taken(in: pair.group)
                try load(pair.many, manyReader, into: &manyRow) { taken }
            } else {
                try load(pair.many, manyReader, into: &manyRow) { [] }
            }
            try load(pair.one, oneReader, into: &oneRow) {
                () throws(QueryError) in try matcher.presence(of: matcher.one, matcher.groups[pair.group].one)
            }
            if findsMatches {
                for step in 0..<steps { isMatched[step] = !manyRow[step].isAbsent && !oneRow[step].isAbsent }
            }
            let operation = matcher.plan.operation, returnsBool = matcher.plan.returnsBool
            if manyRow.hasHistograms || oneRow.hasHistograms || operation == .trimUpper || operation == .trimLower {
                return try combinePoints(pair, into: &row)
            }
            row.setHistograms(HistogramPoints())
            if matcher.isSwapped {
                operation.combine(oneRow, manyRow, returnsBool: returnsBool, into: &row)
            } else {
                operation.combine(manyRow, oneRow, returnsBool: returnsBool, into: &row)
            }
        }

        /// The combination of rows that hold histograms.
        private func combinePoints(_ pair: Pair, into row: inout Row) throws(QueryError) {
            row.clear()
            var histograms = HistogramPoints()
            for step in 0..<steps where !manyRow[step].isAbsent && !oneRow[step].isAbsent {
                try pace.step(256)
                let many = manyRow.point(at: step), one = oneRow.point(at: step)
                let (left, right) = matcher.isSwapped ? (one, many) : (many, one)
                let (point, annotation) = matcher.plan.operation.combine(
                    left, right, returnsBool: matcher.plan.returnsBool)
                if let annotation { add(annotation, of: pair, at: step) }
                if annotation?.isFailure ?? false { isMatched[step] = false }
                switch point {
                case .float(let value): row[step] = PromQL.point(value)
                case .histogram(let histogram): histograms.append(histogram, at: step)
                case nil: break
                }
            }
            row.put(histograms)
        }

        private func add(_ annotation: HistogramAnnotation, of pair: Pair, at step: Int) {
            let labels: Labels, isFilled: Bool
            switch pair.many {
            case .series(let position): (labels, isFilled) = (matcher.many.series(at: position).labels, false)
            case .fill(_, let partner): (labels, isFilled) = (partner, true)
            }
            if let old = annotations[step] {
                if old.isFilled, !isFilled || labels < old.labels { return }
                if !old.isFilled, !isFilled, labels < old.labels { return }
            }
            annotations[step] = (isFilled, labels, annotation)
        }

        /// The steps at which `fillLeft` has no part in a group, since the "one" side has another match there.
        private func taken(in number: Int) throws(QueryError) -> [Bool] {
            let group = matcher.groups[number]
            guard matcher.mayFail(group) else { return try matcher.presence(of: matcher.many, group.many) }
            return try matches(in: number).map { $0 > 0 }
        }

        /// A fill value is used where no series of its side in the group has a point, according to `taken`.
        private func load(
            _ partner: Partner, _ reader: any RowReader, into row: inout Row, taken: () throws(QueryError) -> [Bool]
        ) throws(QueryError) {
            switch partner {
            case .series(let position):
                if try !reader.read(position, into: &row) { row.clear() }
            case .fill(let value, _):
                row.clear()
                for (step, isTaken) in try taken().enumerated() { row[step] = isTaken ? .absent : point(value) }
            }
        }
    }
}
