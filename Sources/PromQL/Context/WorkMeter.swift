/// Counts the samples that kernels walk, and looks now and then whether the query is still wanted.
struct WorkMeter: ~Copyable {
    private let query: QueryContext
    private var work = 0

    init(_ query: QueryContext) { self.query = query }

    /// Counts `samples` more.
    @inline(__always)
    mutating func add(_ samples: Int) throws(QueryError) {
        note(samples)
        try check()
    }

    /// Counts `samples` more; ``check()`` is called soon.
    @inline(__always)
    mutating func note(_ samples: Int) { work += samples }

    /// Looks whether the query is still wanted, if enough was counted.
    @inline(__always)
    mutating func check() throws(QueryError) {
        if work > 1 << 14 {
            work = 0
            try query.check()
        }
    }
}
