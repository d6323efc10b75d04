internal import Dispatch
internal import Synchronization

/// Work over the series of one source, in ranges of the canonical order.
///
/// Each range of 256 series is worked on alone, and the results are taken in the order of the ranges. So the answer has
/// the same bits with one thread and with many, sums of rounded numbers included.
enum SeriesRanges {
    /// The number of series in one range.
    static let size = 256

    /// Steps of all series together below which a second thread costs more than it brings.
    private static let worthwhile = 1 << 13

    /// Steps that a thread works on before the others are waited for: waking a thread costs as much as a few hundred.
    private static let stepsOfTurn = 1 << 15

    /// Runs `work` for each range and `take` with each result, in order, on the calling thread. `makeWorker` makes the
    /// scratch memory of one thread.
    static func forEach<Worker: AnyObject, Part: Sendable>(
        of count: Int, steps: Int, query: QueryContext, makeWorker: () -> sending Worker,
        work: @Sendable (Worker, Range<Int>) throws(QueryError) -> Part, take: (Part) throws(QueryError) -> Void
    ) throws(QueryError) {
        let ranges = (count + size - 1) / size
        let range: @Sendable (Int) -> Range<Int> = { ($0 * size)..<min(count, ($0 + 1) * size) }
        guard ranges > 1, query.threads > 1, count * (steps + 16) >= worthwhile else {
            let worker = makeWorker()
            for index in 0..<ranges { try take(try work(worker, range(index))) }
            return
        }
        // Each iteration uses the worker of its own slot, and no slot is worked on twice at once: no thread waits here.
        var workers: [WorkerSlot<Worker>] = []
        for _ in 0..<min(query.threads, ranges) { workers.append(WorkerSlot(makeWorker())) }
        let slots = workers
        // Few ranges if they are long, so that few results pile up; as many as the threads share if they are short.
        let turn = min(max(1, stepsOfTurn / (size * (steps + 16))), (ranges + slots.count - 1) / slots.count)
        var next = 0
        while next < ranges {
            // One turn for each thread, then all results: nothing piles up after a slow range.
            let first = next, width = min(slots.count, (ranges - first + turn - 1) / turn)
            let results = ResultSlots<[Part]>(count: width)
            DispatchQueue.concurrentPerform(iterations: width) { slot in
                let start = first + slot * turn
                do throws(QueryError) {
                    let parts = try slots[slot].worker.withLock { worker throws(QueryError) in
                        var parts: [Part] = []
                        for index in start..<min(ranges, start + turn) { parts.append(try work(worker, range(index))) }
                        return parts
                    }
                    results.set(slot, .success(parts))
                } catch {
                    results.set(slot, .failure(error))
                }
            }
            for slot in 0..<width {
                for part in try results.take(slot) { try take(part) }
            }
            next += width * turn
        }
    }
}

/// The scratch memory of one thread at a time.
private final class WorkerSlot<Worker: AnyObject>: Sendable {
    let worker: Mutex<Worker>

    init(_ worker: sending Worker) { self.worker = Mutex(worker) }
}

/// Where threads leave their results; each slot is written by one thread and read after all have ended.
private final class ResultSlots<Part: Sendable>: Sendable {
    private let slots: Mutex<[Result<Part, QueryError>?]>

    init(count: Int) { slots = Mutex(.init(repeating: nil, count: count)) }

    func set(_ slot: Int, _ result: Result<Part, QueryError>) { slots.withLock { $0[slot] = result } }

    func take(_ slot: Int) throws(QueryError) -> Part { try slots.withLock { $0[slot]! }.get() }
}
