package import KTSDBEngine
package import KTSDBModel

/// The database in a directory as it is now, whether or not a server is writing it.
package struct StoredView: Sendable {
    package let follower: DatabaseFollower
    package let view: ReadView

    /// Reads the database in a directory; nothing in it is changed, and nobody waits.
    package init(_ directory: String) throws(StorageProblem) {
        do throws(OpenError) { follower = try DatabaseFollower(path: directory) } catch {
            throw StorageProblem("\(error)")
        }
        view = follower.readView()
    }

    /// Calls `body` with each series that matches all matchers of at least one list (every series without a list) and
    /// has samples in `range`: ordered by metric name, then by the text of the labels.
    ///
    /// In memory are the labels of one metric, and the samples of one series.
    package func forEachSeries(
        _ lists: [[LabelMatcher]], in range: ClosedRange<Timestamp>,
        _ body: (StoredSeries, borrowing SampleColumns) throws(StorageProblem) -> Void
    ) throws(StorageProblem) {
        var columns = SampleColumns()
        for name in [""] + (try metricNames(lists, range)) {
            for place in try series(of: name, lists.isEmpty ? [[]] : lists, range) {
                do throws(ReadError) { try place.selection.decode(place.position, into: &columns) } catch {
                    throw StorageProblem(error)
                }
                if columns.times.count > 0 { try body(place.series, columns) }
            }
        }
    }

    private struct Place {
        var series: StoredSeries
        var selection: any SelectedSeries
        var position: Int
    }

    private func metricNames(
        _ lists: [[LabelMatcher]], _ range: ClosedRange<Timestamp>
    ) throws(StorageProblem) -> [String] {
        do throws(ReadError) { return try view.labelValues(of: "__name__", matching: lists, in: range) } catch {
            throw StorageProblem(error)
        }
    }

    /// Returns the series of a metric, ordered by the text of their labels; a series that several lists match comes
    /// once.
    private func series(
        of name: String, _ lists: [[LabelMatcher]], _ range: ClosedRange<Timestamp>
    ) throws(StorageProblem) -> [Place] {
        var found: [String: Place] = [:]
        do throws(ReadError) {
            for list in lists {
                let selection = try view.select(
                    list + [.equal("__name__", name)], withSamplesIn: range, limits: nil)
                for position in 0..<selection.count {
                    let series = StoredSeries(try selection.labels(at: position))
                    found[series.text] = Place(series: series, selection: selection, position: position)
                }
            }
        } catch { throw StorageProblem(error) }
        return found.sorted { $0.key < $1.key }.map(\.value)
    }
}

/// A series and its labels as text.
package struct StoredSeries: Sendable {
    package let labels: Labels
    /// As PromQL writes them: `up{job="api"}`.
    package let text: String

    init(_ labels: Labels) {
        self.labels = labels
        text = labels.description
    }

    /// As Go writes them: `{__name__="up", job="api"}`.
    var goText: String {
        "{" + labels.map { "\($0.name)=\(LabelText.quoted($0.value))" }.joined(separator: ", ") + "}"
    }
}
