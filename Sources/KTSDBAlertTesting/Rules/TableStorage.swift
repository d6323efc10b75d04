package import KTSDBModel
package import KTSDBRules
package import KTSDBTesting
import PromQL
package import Synchronization

/// Storage of rules in a table in memory, which takes samples in any order.
package final class TableStorage: RuleStorage {
    private let content: Mutex<ReferenceDatabase>
    package let commits = Mutex<[RuleCommit]>([])

    package init(_ reference: ReferenceDatabase = ReferenceDatabase()) { content = Mutex(reference) }

    /// Storage of its own with what another one has now.
    package convenience init(view other: TableStorage) { self.init(other.content.withLock { $0 }) }

    /// Loads what a script of promqltest loads.
    package convenience init(script: String) throws {
        var reference = ReferenceDatabase()
        for case .load(let load) in try PromQLTestScript(script).commands {
            for series in load.series {
                var samples: [Sample] = []
                for (index, point) in series.points.enumerated() {
                    guard case .float(let value) = point else { continue }
                    samples.append(
                        Sample(timestamp: Timestamp(milliseconds: load.step * Int64(index)), value: value))
                }
                reference.append(samples, to: series.labels)
            }
        }
        self.init(reference)
    }

    package func view() -> any SeriesSource { content.withLock { $0 } }

    package func commit(_ commit: RuleCommit) -> RuleError? {
        content.withLock { content in
            for sample in commit.samples {
                content.append([Sample(timestamp: commit.time, value: sample.value)], to: sample.labels)
            }
            for labels in commit.endedSeries {
                content.append([Sample(timestamp: commit.time, value: .staleMarker)], to: labels)
            }
        }
        commits.withLock { $0.append(commit) }
        return nil
    }

    package func append(_ samples: [Sample], to labels: Labels) { content.withLock { $0.append(samples, to: labels) } }

    package func samples(of labels: Labels) -> [Sample] { content.withLock { $0.samples(of: labels) } }

    /// The labels of all series.
    package var series: [Labels] { content.withLock { $0.allSeries } }
}
