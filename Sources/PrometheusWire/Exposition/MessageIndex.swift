internal import KTSDBModel

/// The known metrics of one target's scrape bodies in protobuf (`io.prometheus.client.MetricFamily`, each with its
/// length before it), found by the bytes of their labels.
///
/// It is to messages what ``ScrapeIndex`` is to lines: a known metric costs a comparison of the bytes of its labels,
/// and its value is read from where it is. The order of metrics hardly changes, so each one holds its last successor.
/// Labels are created only for new series.
struct MessageIndex: ~Copyable {
    struct Metric: BitwiseCopyable {
        /// The metric that followed it in the last body.
        var next = MessageIndex.none
        /// Its series: places in `fields`, the first of them and how many.
        var firstField: UInt32 = 0
        var fieldCount: UInt32 = 0
        /// The last scrape whose body had it.
        var seen: UInt32 = 0
        /// The row of its series, if that is all of it; `none` otherwise.
        var wholeRow = MessageIndex.none
    }

    /// A series of a metric.
    struct Field: BitwiseCopyable, Hashable {
        /// What a metric with several series has of it.
        enum Part: UInt8, BitwiseCopyable {
            /// All of it: a number, or a native histogram.
            case whole
            case count, sum
            /// A bucket or a quantile, with its bound.
            case bound
        }

        var part: Part
        /// The bits of the bound.
        var bound: UInt64 = 0
    }

    struct Row: BitwiseCopyable {
        /// The last scrape whose body had the series, and the last one that gave it a timestamp.
        var seen: UInt32 = 0, stamped: UInt32 = 0
        /// Whether its last stored sample was not followed by a staleness marker.
        var isCurrent = false
        /// Whether it is not counted as added when it appears again.
        var isKnown = false
    }

    struct Family {
        var value: MetricFamily
        var kind: FamilyKind
        /// The texts that `value` was made of.
        var help: [UInt8], unit: [UInt8]
        /// The last scrape whose body had it, and the family that followed it there.
        var seen: UInt32 = 0
        var next = MessageIndex.none

        /// Whether a message says nothing else of the family.
        func isAs(_ type: UInt64, help: Span<UInt8>, unit: Span<UInt8>) -> Bool {
            isAs(type, help: help) && hasUnit(unit)
        }

        /// Whether the unit is this one.
        func hasUnit(_ unit: Span<UInt8>) -> Bool { self.unit.span.isEqual(to: unit) }

        /// Whether a message says nothing else of the family before its first metric.
        func isAs(_ type: UInt64, help: Span<UInt8>) -> Bool {
            kind.rawValue == type && self.help.span.isEqual(to: help)
        }
    }

    static var none: UInt32 { .max }
    /// Entries that more than this many scrapes in a row did not have may be evicted.
    static var scrapesToKeep: UInt32 { 3 }

    /// The label bytes of metrics, each in the group of its family; the metrics with the same numbers.
    var metricKeys = KeyTable()
    var metrics = Column<Metric>()
    /// The series of all metrics, and their rows.
    var fields = Column<Field>(), fieldRows = Column<UInt32>()
    var rows = Column<Row>()
    /// The names of families; the families with the same numbers.
    var familyKeys = KeyTable()
    var families: [Family] = []
    /// Counts changes of the families' content.
    var familiesVersion = 0
    /// Whether series get the labels `__type__` and `__unit__`.
    let addsTypeAndUnit: Bool
    let options: HistogramOptions
    /// Whether times at which counters began to count are wanted.
    let readsStartTimes: Bool
    /// How often a family's type or unit changed, if series have the labels `__type__` and `__unit__`.
    var changedKinds = 0

    /// The number of the scrape; the first is 1.
    var scrape: UInt32 = 0
    /// The first metric and the first family of the last body, and those that were read last.
    var firstMetric = MessageIndex.none, lastMetric = MessageIndex.none
    var firstFamily = MessageIndex.none, lastFamily = MessageIndex.none
    var brokeOffAtSample = false
    var deadRows = 0
    /// Places in `fields` that no metric uses any more.
    var wastedFields = 0

    // Reused from metric to metric.
    var histogram = ExposedHistogram()
    var classic = ClassicBuckets()
    var exemplars = MessageExemplar()
    var scratch = LabelScratch()
    var layout = MetricLayout()

    init(addsTypeAndUnit: Bool, options: HistogramOptions, readsStartTimes: Bool) {
        self.addsTypeAndUnit = addsTypeAndUnit
        self.options = options
        self.readsStartTimes = readsStartTimes
    }

    var seriesCount: Int { rows.count }

    /// The metadata of the target's metrics, in the order of their first appearance.
    var metricFamilies: [MetricFamily] { families.map(\.value) }

    // MARK: After a body

    /// Ends a scrape, as ``ScrapeIndex/finish(isStored:watchesTimed:stale:added:)`` does.
    mutating func finish(
        isStored: Bool, watchesTimed: Bool, stale: inout Column<UInt32>, added: inout Column<UInt32>
    ) {
        deadRows = 0
        for index in 0..<rows.count {
            var row = rows[index]
            if scrape &- row.seen > Self.scrapesToKeep { deadRows += 1 }
            let isOnPage = row.seen == scrape
            let isHere = isStored && isOnPage && (watchesTimed || row.stamped != scrape)
            if row.isCurrent && !isHere { stale.append(UInt32(index)) }
            if isOnPage && !row.isKnown { added.append(UInt32(index)) }
            row.isCurrent = isHere
            if isOnPage || isStored { row.isKnown = isOnPage }
            rows[index] = row
        }
    }

    /// Appends the rows of the watched series that had samples stored by the last scrape.
    func current(into list: inout Column<UInt32>) {
        for index in 0..<rows.count where rows[index].isCurrent { list.append(UInt32(index)) }
    }

    /// Evicts what was in none of the last few bodies, once that is more than 16 plus an eighth of everything. Returns
    /// the old rows of the series that stay, in their new order; nil if nothing was evicted.
    mutating func evict() -> [Int]? {
        let isWasteful =
            wastedFields > 1000 + fields.count / 2 || metrics.count > 1000 + 2 * rows.count
            || families.count > 1000 + 2 * rows.count
        guard deadRows > 16 + rows.count / 8 || isWasteful else { return nil }
        var fresh = MessageIndex(
            addsTypeAndUnit: addsTypeAndUnit, options: options, readsStartTimes: readsStartTimes)
        fresh.scrape = scrape
        fresh.familiesVersion = familiesVersion + 1
        let newFamilies = fresh.takeFamilies(of: self)
        var kept: [Int] = [], newMetrics = [UInt32](repeating: Self.none, count: metrics.count)
        for number in 0..<UInt32(metrics.count) {
            let metric = metrics[Int(number)]
            let family = newFamilies[Int(metricKeys.group(of: number))]
            guard scrape &- metric.seen <= Self.scrapesToKeep, family != Self.none else { continue }
            newMetrics[Int(number)] = fresh.metricKeys.add(metricKeys[number], in: family)
            var copy = metric
            copy.firstField = UInt32(fresh.fields.count)
            for place in Int(metric.firstField)..<Int(metric.firstField + metric.fieldCount) {
                let row = fieldRows[place]
                fresh.fields.append(fields[place])
                fresh.fieldRows.append(UInt32(kept.count))
                fresh.rows.append(rows[Int(row)])
                kept.append(Int(row))
            }
            if metric.wholeRow != Self.none { copy.wholeRow = UInt32(kept.count - 1) }
            fresh.metrics.append(copy)
        }
        for index in 0..<fresh.metrics.count where fresh.metrics[index].next != Self.none {
            fresh.metrics[index].next = newMetrics[Int(fresh.metrics[index].next)]
        }
        if firstMetric != Self.none { fresh.firstMetric = newMetrics[Int(firstMetric)] }
        if firstFamily != Self.none { fresh.firstFamily = newFamilies[Int(firstFamily)] }
        self = fresh
        return kept
    }

    /// Takes the families that are still in use; returns their new numbers.
    private mutating func takeFamilies(of old: borrowing MessageIndex) -> [UInt32] {
        var numbers = [UInt32](repeating: Self.none, count: old.families.count)
        for (index, family) in old.families.enumerated() where scrape &- family.seen <= Self.scrapesToKeep {
            numbers[index] = familyKeys.add(old.familyKeys[UInt32(index)], in: 0)
            families.append(family)
        }
        for index in families.indices where families[index].next != Self.none {
            families[index].next = numbers[Int(families[index].next)]
        }
        return numbers
    }

    /// Traps if an invariant does not hold; for tests.
    func checkInvariants() {
        var seen = Set<UInt32>()
        for number in 0..<UInt32(metrics.count) {
            let metric = metrics[Int(number)]
            precondition(
                metricKeys.find(metricKeys[number], in: metricKeys.group(of: number)) == number,
                "Each metric is found by its bytes.")
            precondition(Int(metric.firstField + metric.fieldCount) <= fields.count, "Each metric's series exist.")
            for place in Int(metric.firstField)..<Int(metric.firstField + metric.fieldCount) {
                precondition(seen.insert(fieldRows[place]).inserted, "Each series has a row of its own.")
                precondition(Int(fieldRows[place]) < rows.count, "Each row exists.")
            }
        }
        precondition(families.count == familyKeys.count, "Each family has a name.")
        precondition(metrics.count == metricKeys.count, "Each metric has a key.")
    }
}
