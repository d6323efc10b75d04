internal import KTSDBModel

/// One series as the functions over windows see it.
///
/// All functions have one form: samples and window bounds in, one row of values out. Whether a shortcut across
/// overlapping windows is taken never shows in the bits: sliding forms are used only where they are exact.
struct WindowInput: ~Escapable {
    let times: Span<Int64>
    let values: Span<Double>
    /// The window of step `k` holds the samples `lower[k]..<upper[k]`.
    let lower: Span<Int32>
    let upper: Span<Int32>
    let windows: WindowTimes
    let grid: StepGrid
    /// Which bounds these are.
    let bounds: SharedBounds

    @_lifetime(copy times, copy values, copy lower, copy upper)
    init(
        times: Span<Int64>, values: Span<Double>, lower: Span<Int32>, upper: Span<Int32>,
        windows: WindowTimes,
        grid: StepGrid, bounds: SharedBounds = .unshared
    ) {
        self.times = times
        self.values = values
        self.lower = lower
        self.upper = upper
        self.windows = windows
        self.grid = grid
        self.bounds = bounds
    }

    /// The samples of one series with the bounds that `cache` has prepared for them. `windows` are those asked for;
    /// those of the cache may be wider.
    @_lifetime(borrow columns, borrow cache)
    init(
        _ columns: borrowing SampleColumns, _ bounds: SharedBounds, in cache: borrowing WindowBoundsCache,
        windows: WindowTimes, grid: StepGrid
    ) {
        self.init(
            times: columns.times.span, values: columns.values.span, lower: cache.lower(bounds),
            upper: cache.upper(bounds), windows: windows, grid: grid, bounds: bounds)
    }

    @inline(__always)
    func window(_ step: Int) -> Range<Int> {
        let low = Int(lower[step])
        return low..<max(low, Int(upper[step]))
    }
}
