internal import KTSDBModel

extension Selection {
    /// Sorts parts by fingerprint; those with equal ones stay in their order. `runs` says where the parts of each block
    /// begin, which ascend, and at last where those in memory begin, which do not.
    static func sort(_ parts: inout [Part], runs: [Int], _ limits: (any ReadLimits)?) throws(ReadError) {
        try limits?.check()
        let head = runs[runs.count - 1]
        if parts.count - head >= leastForRadix {
            try sortByRadix(&parts, from: head, limits)
        } else {
            parts[head...].sort { $0.fingerprint < $1.fingerprint }
        }
        var runs = runs.filter { $0 < parts.count }, other: [Part] = []
        let scratch = ReadReservation(limits)
        if runs.count > 1 { try scratch.grow(bytes: parts.count * MemoryLayout<Part>.stride) }
        while runs.count > 1 {
            try merge(parts, runs, into: &other, limits)
            swap(&parts, &other)
            runs = stride(from: 0, to: runs.count, by: 2).map { runs[$0] }
        }
    }

    /// Merges each run at an even place with the next one.
    private static func merge(
        _ parts: [Part], _ runs: [Int], into merged: inout [Part], _ limits: (any ReadLimits)?
    ) throws(ReadError) {
        merged.removeAll(keepingCapacity: true)
        merged.reserveCapacity(parts.count)
        var pace = Pace(limits)
        for place in stride(from: 0, to: runs.count, by: 2) {
            let middle = place + 1 < runs.count ? runs[place + 1] : parts.count
            let end = place + 2 < runs.count ? runs[place + 2] : parts.count
            var left = runs[place], right = middle
            while left < middle, right < end {
                try pace.step()
                if parts[right].fingerprint < parts[left].fingerprint {
                    merged.append(parts[right])
                    right += 1
                } else {
                    merged.append(parts[left])
                    left += 1
                }
            }
            merged += parts[left..<middle]
            merged += parts[right..<end]
        }
    }

    private static let leastForRadix = 512

    /// Sorts the parts from `first` on: by the upper half of the fingerprints with four passes, then the few that are
    /// equal in it.
    private static func sortByRadix(
        _ parts: inout [Part], from first: Int, _ limits: (any ReadLimits)?
    ) throws(ReadError) {
        let count = parts.count - first
        let scratch = ReadReservation(limits)
        try scratch.grow(bytes: count * 2 * MemoryLayout<Part>.stride)
        var run = Array(parts[first...]), other = run
        for shift in stride(from: UInt64(32), to: 64, by: 8) {
            var places = digitStarts(of: run, shift: shift)
            for some in stride(from: 0, to: count, by: checkedParts) {
                try limits?.check()
                var target = other.mutableSpan
                for part in run[some..<min(count, some + checkedParts)] {
                    let digit = Int(truncatingIfNeeded: part.fingerprint >> shift & 0xff)
                    target[places[digit]] = part
                    places[digit] += 1
                }
            }
            swap(&run, &other)
        }
        for some in stride(from: 0, to: count, by: checkedParts) {
            try limits?.check()
            for index in some..<min(count, some + checkedParts) { parts[first + index] = run[index] }
        }
        // Few fingerprints share an upper half, unless somebody crafted their labels.
        var start = first
        while start < parts.count {
            var end = start + 1
            while end < parts.count, parts[end].fingerprint >> 32 == parts[start].fingerprint >> 32 { end += 1 }
            if end - start > 1 {
                var equal = Array(parts[start..<end])
                try equal.sort(within: limits, units: 1) { $0.fingerprint < $1.fingerprint }
                parts.replaceSubrange(start..<end, with: equal)
            }
            start = end
        }
    }

    /// The number of parts that are moved between two looks at the limits.
    private static let checkedParts = 1 << 14

    /// Returns where the parts with each digit go, when they are sorted by eight bits of their fingerprints.
    private static func digitStarts(of run: [Part], shift: UInt64) -> [Int] {
        var starts = [Int](repeating: 0, count: 256)
        for part in run { starts[Int(truncatingIfNeeded: part.fingerprint >> shift & 0xff)] += 1 }
        var start = 0
        for digit in 0..<256 { (starts[digit], start) = (start, start + starts[digit]) }
        return starts
    }
}
