/// Where the windows of a selector lie, one for each step.
struct WindowTimes: Hashable, Sendable {
    /// The end of the first window: its step's time, or the time that `@` says, less the offset.
    var firstEnd: Int64
    /// From the end of one window to that of the next; 0 if `@` pins all to the same time.
    var step: Int64
    var width: Int64
    var count: Int

    init(on grid: StepGrid, offset: Int64, at: Int64?, width: Int64) {
        firstEnd = (at ?? grid.start) - offset
        step = at == nil ? grid.step : 0
        count = grid.count
        self.width = width
    }

    var isPinned: Bool { step == 0 }

    /// The windows with more room before and after.
    func extended(before: Int64 = 0, after: Int64 = 0) -> WindowTimes {
        var windows = self
        windows.firstEnd += after
        windows.width += before + after
        return windows
    }

    /// The end of the window of step `index`, itself in the window.
    @inline(__always)
    func end(_ index: Int) -> Int64 { firstEnd &+ Int64(index) &* step }

    /// The end of the last window.
    var lastEnd: Int64 { count == 0 ? firstEnd : end(count - 1) }

    /// All times that are in some window: what to ask storage for. At least one step.
    var selection: ClosedRange<Int64> { (firstEnd - width + 1)...Swift.max(firstEnd - width + 1, lastEnd) }
}

extension WindowTimes {
    /// The windows with the room in which the samples at their ends are looked for.
    func widened(for ends: WindowEnds, by lookback: Int64) -> WindowTimes {
        switch ends {
        case .plain: self
        case .anchored: extended(before: lookback)
        case .smoothed: extended(before: lookback, after: lookback)
        }
    }
}
