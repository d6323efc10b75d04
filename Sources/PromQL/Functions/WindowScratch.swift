internal import KTSDBModel

/// Memory that functions over windows use from one series to the next.
struct WindowScratch: ~Copyable {
    var integers = Column<Int32>()
    var sums = Column<Double>()
    var sorted: [Double] = []
    var extrapolations = ExtrapolationTable()
    var counts = SharedByBounds<WindowCounts>()
    var meter: WorkMeter

    init(_ query: QueryContext) { meter = WorkMeter(query) }
}
