/// Timers in the order in which they are due; timers that are due at the same time are in the order in which they were
/// set.
///
/// A timer is identified by its purpose: setting it replaces an earlier timer with the same purpose.
struct TimerQueue<Purpose: Hashable & Sendable>: Sendable {
    private struct Entry {
        var due: WallTime
        var number: UInt64
        var purpose: Purpose

        func precedes(_ other: Entry) -> Bool { (due, number) < (other.due, other.number) }
    }

    /// A binary heap. Entries with outdated numbers stay until they reach the top, or until the heap is rebuilt.
    private var heap: [Entry] = []
    private var current: [Purpose: (number: UInt64, due: WallTime)] = [:]
    private var lastNumber: UInt64 = 0

    init() {}

    /// Returns when the first timer is due; nil if no timer is set.
    mutating func next() -> WallTime? {
        dropStale()
        return heap.first?.due
    }

    /// Returns when the timer with this purpose is due; nil if it is not set.
    func due(_ purpose: Purpose) -> WallTime? { current[purpose]?.due }

    mutating func set(_ purpose: Purpose, at due: WallTime) {
        lastNumber += 1
        current[purpose] = (lastNumber, due)
        push(Entry(due: due, number: lastNumber, purpose: purpose))
        if heap.count > 2 * current.count + 64 { rebuild() }
    }

    mutating func cancel(_ purpose: Purpose) { current[purpose] = nil }

    /// Removes and returns the first timer that is due by `now`.
    mutating func takeDue(by now: WallTime) -> (purpose: Purpose, due: WallTime)? {
        dropStale()
        guard let first = heap.first, first.due <= now else { return nil }
        pop()
        current[first.purpose] = nil
        return (first.purpose, first.due)
    }

    /// Brings forward the timers that are due later than `latest` allows for their purpose.
    mutating func bringForward(_ latest: (Purpose) -> WallTime) {
        let all = current.sorted { $0.value.number < $1.value.number }
        for (purpose, value) in all where value.due > latest(purpose) { set(purpose, at: latest(purpose)) }
    }

    /// Moves all timers.
    mutating func move(by jump: Duration) {
        for index in heap.indices { heap[index].due = heap[index].due + jump }
        current = current.mapValues { ($0.number, $0.due + jump) }
    }

    private mutating func dropStale() {
        while let first = heap.first, current[first.purpose]?.number != first.number { pop() }
    }

    private mutating func rebuild() {
        let live = heap.filter { current[$0.purpose]?.number == $0.number }
        heap = live.sorted { $0.precedes($1) }
    }

    private mutating func push(_ entry: Entry) {
        heap.append(entry)
        var child = heap.count - 1
        while child > 0, heap[child].precedes(heap[(child - 1) / 2]) {
            heap.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    private mutating func pop() {
        heap.swapAt(0, heap.count - 1)
        heap.removeLast()
        var parent = 0
        while 2 * parent + 1 < heap.count {
            var child = 2 * parent + 1
            if child + 1 < heap.count, heap[child + 1].precedes(heap[child]) { child += 1 }
            guard heap[child].precedes(heap[parent]) else { return }
            heap.swapAt(parent, child)
            parent = child
        }
    }
}
