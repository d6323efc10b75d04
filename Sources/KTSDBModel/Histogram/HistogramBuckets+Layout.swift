// Changes of the buckets that keep the observations: compaction, and merging buckets to a coarser schema.
//
// A running sum has the rounding error of each count in `rests`, which move with the counts. Without compensation,
// `rests` is empty.

extension HistogramBuckets {
    /// Removes empty buckets: always at the ends, and in between if more than `gap` of them are in a row. Gaps of up to
    /// `gap` buckets between spans are filled with empty ones, which joins the spans.
    public mutating func compact(gap: Int = 0) {
        var rests: [Double] = []
        compact(gap: gap, rests: &rests)
    }

    /// Compacts counts with `rests`. A bucket is empty if both are zero.
    mutating func compact(gap: Int = 0, rests: inout [Double]) {
        let isCompensated = !rests.isEmpty
        let hasEmpty = counts.contains { $0 == 0 }
        if !hasEmpty, !spans.dropFirst().contains(where: { $0.offset <= gap }),
            !spans.contains(where: { $0.length == 0 })
        {
            return
        }
        var builder = BucketBuilder(capacity: counts.count)
        var end: Int32 = 0
        for (place, index) in zip(counts.indices, indices) {
            let rest = isCompensated ? rests[place] : 0
            if counts[place] == 0, rest == 0 { continue }
            let missing = Int(index) - Int(end)
            if !builder.buckets.isEmpty, missing > 0, missing <= gap {
                for filler in end..<index { builder.append(filler, 0, rest: 0) }
            }
            builder.append(index, counts[place], rest: rest)
            end = index &+ 1
        }
        self = builder.buckets
        rests = isCompensated ? builder.rests : []
    }

    /// Merges buckets of an exponential schema into those of a coarser one.
    mutating func reduce(from schema: Int32, to target: Int32) {
        var builder = BucketBuilder(capacity: counts.count)
        var last: Int32?, sum = 0.0
        for (index, count) in zip(indices, counts) {
            let merged = Self.index(index, from: schema, to: target)
            if merged == last {
                sum += count
            } else {
                if let last { builder.append(last, sum) }
                (last, sum) = (merged, count)
            }
        }
        if let last { builder.append(last, sum) }
        self = builder.buckets
    }

    /// Merges buckets with compensated additions. `rests` has one element for each count, before and after.
    mutating func reduce(from schema: Int32, to target: Int32, rests: inout [Double]) {
        var builder = BucketBuilder(capacity: counts.count)
        var last: Int32?, sum = 0.0, rest = 0.0
        for (place, index) in zip(counts.indices, indices) {
            let merged = Self.index(index, from: schema, to: target)
            if merged == last {
                compensatedAdd(counts[place], to: &sum, &rest)
                compensatedAdd(rests[place], to: &sum, &rest)
            } else {
                if let last { builder.append(last, sum, rest: rest) }
                (last, sum, rest) = (merged, counts[place], rests[place])
            }
        }
        if let last { builder.append(last, sum, rest: rest) }
        self = builder.buckets
        rests = builder.rests
    }

    /// Returns the index of the bucket of schema `target` that contains the bucket `index` of `schema`.
    private static func index(_ index: Int32, from schema: Int32, to target: Int32) -> Int32 {
        // Rounds up, in integers wide enough that no index wraps around.
        Int32(truncatingIfNeeded: (Int(index) - 1) >> Int(schema - target) + 1)
    }
}

extension Histogram {
    /// Removes empty buckets; see ``HistogramBuckets/compact(gap:)``.
    public mutating func compact(gap: Int = 0) {
        positive.compact(gap: gap)
        negative.compact(gap: gap)
    }

    /// Merges buckets into those of a coarser schema. This is exact, since bounds of the coarser schema are also bounds
    /// of the finer one.
    /// - Precondition: Both schemas are exponential, and `target` is not finer.
    package mutating func reduce(to target: Int32) {
        guard target != schema else { return }
        precondition(target < schema && !usesCustomBuckets, "Buckets can be merged to a coarser schema alone.")
        positive.reduce(from: schema, to: target)
        negative.reduce(from: schema, to: target)
        schema = target
    }
}

extension Histogram {
    /// The exponential schemas that senders may use, but that are too fine to be stored.
    package static let reducibleSchemas: ClosedRange<Int32> = 9...52

    /// Merges the buckets of a schema that is too fine to be stored into those of the finest stored one, exactly. Other
    /// histograms do not change. An invalid histogram gets the new schema but keeps its buckets, so that ``validate()``
    /// rejects it.
    package mutating func reduceToKeptSchema() {
        guard Self.reducibleSchemas.contains(schema) else { return }
        let found = schema, finest = Self.exponentialSchemas.upperBound
        schema = finest
        do throws(HistogramError) { try validate() } catch { return }
        positive.reduce(from: found, to: finest)
        negative.reduce(from: found, to: finest)
    }
}

/// Adds `value` to a compensated sum in Neumaier's form, exactly as Prometheus does: an infinite sum has no
/// compensation.
@inlinable
@inline(__always)
package func compensatedAdd(_ value: Double, to sum: inout Double, _ compensation: inout Double) {
    let total = sum + value
    if total.isInfinite {
        compensation = 0
    } else if abs(sum) >= abs(value) {
        compensation += (sum - total) + value
    } else {
        compensation += (value - total) + sum
    }
    sum = total
}
