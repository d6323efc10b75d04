internal import KTSDBModel

/// Finds out whether a query is so small that it should be evaluated on the thread that asks: giving it to another
/// thread and taking the answer back costs some tens of microseconds, more than most queries of alerts and single
/// panels.
///
/// The series selected for that are kept in ``source`` and not selected again, wherever the query is evaluated.
struct WorkEstimate {
    /// Up to here a query is small, in units of about 30 ns: it takes a millisecond or two.
    private static let limit = 40_000
    /// What it costs to read one part of a series: its labels, and some hundred samples.
    private static let partWork = 80
    /// What it costs to select, however few series that gives.
    private static let selectionWork = 200
    /// At most this many series are looked at to find out.
    private static let selectionLimit = 2_000
    /// How much of a window takes as long as a point, in milliseconds: a few dozen samples at usual intervals.
    private static let windowPiece: Int64 = 120_000

    private(set) var source: RememberedSelections
    private let limits: QueryLimits
    private let lookback: Int64
    private let subqueryStep: Int64
    private let rollups: RollupUse
    private var work = 0

    init(_ source: any SeriesSource, _ options: EngineOptions, _ overrides: QueryOverrides, _ limits: QueryLimits) {
        self.source = RememberedSelections(source)
        self.limits = limits
        rollups = overrides.rollups ?? options.rollups
        lookback = (overrides.lookback ?? options.lookback).milliseconds
        subqueryStep = options.defaultSubqueryStep.milliseconds
    }

    /// Whether it takes little to evaluate `plan` on `grid`. False where that is not known, and for options that a
    /// ``QueryContext`` refuses.
    mutating func isSmall(_ plan: PlanNode, on grid: StepGrid) -> Bool {
        let allowed = 1...StepGrid.longest
        guard allowed.contains(lookback), allowed.contains(subqueryStep) else { return false }
        return seriesBound(of: plan, on: grid) != nil
    }

    /// At most how many series the value of `node` has; nil if it takes more work than is left, or may.
    private mutating func seriesBound(of node: PlanNode, on grid: StepGrid) -> Int? {
        switch node.kind {
        case .selector(let plan):
            let width = plan.ends == .smoothed ? 2 * lookback : lookback
            guard RollupChoice.filling(lookback: lookback, rollups, in: source.source) == nil else { return nil }
            return select(plan, WindowTimes(on: grid, offset: plan.offset, at: plan.at, width: width))
        case .window(let plan): return seriesBound(of: plan, on: grid)
        case .invariant(let inner): return seriesBound(of: inner, on: grid.firstStep)
        case .call(let call) where call.function.bound == .unknown: return nil
        // How many points of rollups there are is not known beforehand.
        case .call(let call) where usesRollups(call, on: grid): return nil
        default:
            var series = 1
            for child in node.children {
                guard let bound = seriesBound(of: child, on: grid) else { return nil }
                series += bound
            }
            var factor = 1
            // Each operator of a chain works on what those before it gave.
            if case .chain(let plan) = node.kind { factor = plan.links.count }
            return add(series, times: factor, on: grid) ? series : nil
        }
    }

    private func usesRollups(_ call: CallPlan, on grid: StepGrid) -> Bool {
        guard case .vector(.overWindow(let function)) = call.function.evaluation else { return false }
        return call.arguments.contains { argument in
            guard case .window(let plan) = argument.kind else { return false }
            let windows = WindowTimes(on: grid, offset: plan.offset, at: plan.at, width: plan.width)
            return RollupChoice.find(function, plan, windows, rollups, in: source.source) != nil
        }
    }

    private mutating func seriesBound(of plan: WindowPlan, on grid: StepGrid) -> Int? {
        let pieces = Int(1 + plan.width / Self.windowPiece)
        switch plan.content {
        case .selector(let selector):
            let windows = WindowTimes(on: grid, offset: plan.offset, at: plan.at, width: plan.width)
            let series = select(selector, windows.widened(for: plan.ends, by: lookback))
            return series.flatMap { add($0, times: pieces, on: grid) ? $0 : nil }
        case .subquery(let inner, let step, let offset, let at):
            let step = step ?? subqueryStep
            let own: StepGrid
            do throws(QueryError) {
                own = try StepGrid(ofSubqueryIn: grid, width: plan.width, offset: offset, at: at, step: step)
            } catch {
                return nil
            }
            guard own.count > 0, let series = seriesBound(of: inner, on: own) else { return nil }
            // A function may walk all points of each window.
            let points = Int(min(plan.width / step, Int64(own.count))) + 1
            return add(series, times: points / 16 + 1, on: grid) ? series : nil
        }
    }

    private mutating func select(_ plan: SelectorPlan, _ windows: WindowTimes) -> Int? {
        guard windows.count > 0, windows.count <= Self.limit, windows.width > 0 else { return nil }
        let selection = windows.selection
        let range = Timestamp(milliseconds: selection.lowerBound)...Timestamp(milliseconds: selection.upperBound)
        work += Self.selectionWork
        guard work <= Self.limit,
            let series = source.find(plan.matchers, in: range, atMost: Self.selectionLimit, limits)
        else { return nil }
        work += Self.partWork * series.partCount + series.count * windows.count
        return work <= Self.limit ? series.count : nil
    }

    /// - Returns: whether the work is still small.
    private mutating func add(_ series: Int, times factor: Int = 1, on grid: StepGrid) -> Bool {
        guard grid.count <= Self.limit, factor <= Self.limit else { return false }
        work += max(1, series) * factor * max(1, grid.count)
        return work <= Self.limit
    }
}

/// A source that keeps what was selected beforehand.
struct RememberedSelections: SeriesSource {
    let source: any SeriesSource
    private var selections: [(matchers: [LabelMatcher], range: ClosedRange<Timestamp>, series: any SelectedSeries)] = []

    init(_ source: any SeriesSource) { self.source = source }

    /// Selects, and remembers that, what surely takes a look at `limit` series at most; nil for more, and for what
    /// fails: then it fails again when it is selected in earnest.
    mutating func find(
        _ matchers: [LabelMatcher], in range: ClosedRange<Timestamp>, atMost limit: Int,
        _ limits: QueryLimits
    ) -> (any SelectedSeries)? {
        if let known = known(matchers, range) { return known }
        guard let bound = source.selectionBound(matchers, in: range), bound <= limit else { return nil }
        do throws(ReadError) {
            let series = try source.select(matchers, in: range, limits: limits)
            selections.append((matchers, range, series))
            return series
        } catch {
            return nil
        }
    }

    func select(
        _ matchers: [LabelMatcher], in range: ClosedRange<Timestamp>, limits: (any ReadLimits)?
    ) throws(ReadError) -> any SelectedSeries {
        if let known = known(matchers, range) { return known }
        return try source.select(matchers, in: range, limits: limits)
    }

    func rollupIntervals(of content: RollupRequest.Content) -> [Int64] { source.rollupIntervals(of: content) }

    func select(
        _ matchers: [LabelMatcher], in range: ClosedRange<Timestamp>, rollup: RollupRequest,
        limits: (any ReadLimits)?
    ) throws(ReadError) -> any SelectedSeries {
        try source.select(matchers, in: range, rollup: rollup, limits: limits)
    }

    private func known(_ matchers: [LabelMatcher], _ range: ClosedRange<Timestamp>) -> (any SelectedSeries)? {
        selections.first { $0.range == range && $0.matchers == matchers }?.series
    }
}
