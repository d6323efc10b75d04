internal import KTSDBModel

/// The series of a block by retention class: the number of the first rule that matches a series, or the last class for
/// series that no rule matches. Worked out from the block's index; nothing of it is stored.
struct BlockClasses: Sendable {
    /// The series of each class; nil for a class without any.
    let sets: [SeriesSet?]
    private let seriesCount: Int

    /// Resolves the matchers of rules in a block.
    init(of block: Block, rules: [[[LabelMatcher]]], limits: (any ReadLimits)? = nil) throws(ReadError) {
        seriesCount = block.seriesCount
        var taken = SeriesBitmap(bound: seriesCount), takenCount = 0
        var sets: [SeriesSet?] = []
        for lists in rules {
            let matching =
                try MatcherPlanner.resolve(anyOf: lists, in: block, limits: limits) ?? Array(0..<UInt32(seriesCount))
            let own = matching.filter { !taken.contains($0) }
            taken.insert(own)
            takenCount += own.count
            sets.append(own.isEmpty ? nil : SeriesSet(own, bound: seriesCount))
        }
        if takenCount < seriesCount {
            let rest = (0..<UInt32(seriesCount)).filter { !taken.contains($0) }
            sets.append(SeriesSet(rest, bound: seriesCount))
        } else {
            sets.append(nil)
        }
        self.sets = sets
    }

    /// How many series each class has.
    var counts: [Int] { sets.map { $0?.count ?? 0 } }

    /// Returns what is hidden of a block whose samples are within `span`, if each class begins at its horizon.
    func parts(before horizons: [Int64], span: ClosedRange<Int64>) -> [BlockMask.Part] {
        var parts: [BlockMask.Part] = [], isAllHidden = true
        for (index, set) in sets.enumerated() {
            guard let set else { continue }
            guard horizons[index] > span.lowerBound else {
                isAllHidden = false
                continue
            }
            if horizons[index] <= span.upperBound { isAllHidden = false }
            let end = min(horizons[index] - 1, span.upperBound)
            parts.append(BlockMask.Part(cause: .age(class: UInt8(index)), range: .min...end, series: set))
        }
        guard isAllHidden, !parts.isEmpty else { return parts }
        // Readers see at a glance that nothing is left.
        let all = SeriesSet(allBelow: seriesCount)
        return [BlockMask.Part(cause: .ageOfAll, range: .min...span.upperBound, series: all)]
    }
}

extension Block {
    /// Returns the block with its series divided by these rules, without what an earlier division has hidden. A block
    /// whose index cannot be read is divided into nothing: it hides nothing by class.
    func divided(by rules: [[[LabelMatcher]]]) -> Block {
        let classes = rules.isEmpty ? nil : try? BlockClasses(of: self, rules: rules)
        return Block(self, mask?.limited { $0.deletion != nil }, classes)
    }

    /// Returns the block as it is shown if each class begins at its horizon; nil if it is shown like that already.
    func shown(since horizons: [Int64]) -> Block? {
        guard let classes else { return nil }
        let parts = classes.parts(before: horizons, span: span), old = (mask?.parts ?? []).filter { $0.deletion == nil }
        guard
            parts.count != old.count
                || zip(parts, old).contains(where: { $0.cause != $1.cause || $0.range != $1.range })
        else { return nil }
        let kept = (mask?.parts ?? []).filter { $0.deletion != nil }
        return masked(by: BlockMask(kept + parts, seriesCount: seriesCount))
    }
}
