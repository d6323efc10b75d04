internal import NIOCore

/// Alarms by the times at which they ring; the earliest is at hand.
struct AlarmHeap {
    private struct Entry {
        let deadline: NIODeadline
        let alarm: ScrapeAlarm
    }

    /// Each entry is no later than the two after it, at twice its place and one or two more.
    private var entries: [Entry] = []
    /// With this many entries, those that are over are removed.
    private var mostEntries = leastEntries
    private static let leastEntries = 64

    /// How many there are, some of which may be over.
    var count: Int { entries.count }

    /// When the next one rings; nil without alarms.
    var first: NIODeadline? { entries.first?.deadline }

    mutating func insert(_ alarm: ScrapeAlarm, at deadline: NIODeadline) {
        if entries.count >= mostEntries { removeOver() }
        entries.append(Entry(deadline: deadline, alarm: alarm))
        moveUp(entries.count - 1)
    }

    /// Removes and returns the alarms that ring up to `now`, the earliest first.
    mutating func removeDue(at now: NIODeadline) -> [ScrapeAlarm] {
        var due: [ScrapeAlarm] = []
        while let first = entries.first, first.deadline <= now {
            due.append(first.alarm)
            let last = entries.removeLast()
            guard !entries.isEmpty else {
                self = AlarmHeap()
                break
            }
            entries[0] = last
            moveDown(0)
        }
        return due
    }

    /// Removes the alarms that are over, and what holds their owners.
    mutating func removeOver() {
        // A new array, since this one keeps the room of what it had.
        entries = entries.filter { !$0.alarm.isOver }
        mostEntries = max(Self.leastEntries, 2 * entries.count)
        for place in stride(from: entries.count / 2 - 1, through: 0, by: -1) { moveDown(place) }
    }

    private mutating func moveUp(_ start: Int) {
        var place = start
        while place > 0, entries[place].deadline < entries[(place - 1) / 2].deadline {
            entries.swapAt(place, (place - 1) / 2)
            place = (place - 1) / 2
        }
    }

    private mutating func moveDown(_ start: Int) {
        var place = start
        while true {
            var least = place
            for child in [2 * place + 1, 2 * place + 2] where child < entries.count {
                if entries[child].deadline < entries[least].deadline { least = child }
            }
            guard least != place else { return }
            entries.swapAt(place, least)
            place = least
        }
    }
}
