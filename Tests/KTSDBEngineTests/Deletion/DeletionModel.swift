import KTSDBModel
import KTSDBTesting

@testable import KTSDBEngine

/// What a database with deletions must show: each version of a sample remembers which deletions hide it.
struct DeletionModel {
    private struct Version {
        var value: Double
        var isHistogram = false
        var hiddenBy: Set<UInt64> = []
    }

    /// The versions of each sample in the order in which they were stored; the first that is not hidden counts.
    private var samples: [Labels: [Int64: [Version]]] = [:]
    private var stored: [Labels: [Int64: Version]] = [:]

    mutating func append(_ value: Double, isHistogram: Bool = false, at time: Int64, to labels: Labels) {
        samples[labels, default: [:]][time, default: []].append(Version(value: value, isHistogram: isHistogram))
    }

    mutating func appendExemplar(_ value: Double, at time: Int64, to labels: Labels) {
        stored[labels, default: [:]][time] = Version(value: value)
    }

    mutating func delete(_ id: UInt64, _ lists: [[LabelMatcher]], in range: ClosedRange<Timestamp>) {
        for labels in samples.keys where lists.contains(where: { $0.allSatisfy { $0.matches(labels) } }) {
            for time in samples[labels]!.keys where range.milliseconds.contains(time) {
                for index in samples[labels]![time]!.indices { samples[labels]![time]![index].hiddenBy.insert(id) }
            }
            for time in (stored[labels] ?? [:]).keys where range.milliseconds.contains(time) {
                stored[labels]![time]!.hiddenBy.insert(id)
            }
        }
    }

    mutating func undelete(_ id: UInt64) {
        for labels in samples.keys {
            for time in samples[labels]!.keys {
                for index in samples[labels]![time]!.indices { samples[labels]![time]![index].hiddenBy.remove(id) }
            }
        }
        for labels in stored.keys {
            for time in stored[labels]!.keys { stored[labels]![time]!.hiddenBy.remove(id) }
        }
    }

    private func visible(_ labels: Labels) -> [Int64: Version] {
        (samples[labels] ?? [:]).compactMapValues { versions in versions.first { $0.hiddenBy.isEmpty } }
    }

    /// As ``DeletionTestSupport/contents(_:in:)`` has it.
    var contents: [Labels: [Int64: UInt64]] {
        var found: [Labels: [Int64: UInt64]] = [:]
        for labels in samples.keys {
            let shown = visible(labels).mapValues { ($0.isHistogram ? -$0.value : $0.value).bitPattern }
            if !shown.isEmpty { found[labels] = shown }
        }
        return found
    }

    var exemplars: [Labels: [Int64: Double]] {
        stored.mapValues { $0.filter { $0.value.hiddenBy.isEmpty }.mapValues(\.value) }.filter { !$0.value.isEmpty }
    }

    /// The series that have a sample in a range.
    func series(in range: ClosedRange<Timestamp>) -> Set<Labels> {
        Set(contents.filter { $0.value.keys.contains(where: range.milliseconds.contains) }.keys)
    }

    /// The same samples in a database that knows no deletions.
    var reference: ReferenceDatabase {
        var reference = ReferenceDatabase()
        for labels in samples.keys {
            for (time, version) in visible(labels).sorted(by: { $0.key < $1.key }) {
                let timestamp = Timestamp(milliseconds: time)
                if version.isHistogram {
                    let histogram = DeletionTestSupport.histogram(version.value)
                    reference.append([TimedHistogram(timestamp: timestamp, histogram: histogram)], to: labels)
                } else {
                    reference.append(version.value, at: timestamp, to: labels)
                }
            }
        }
        return reference
    }
}
